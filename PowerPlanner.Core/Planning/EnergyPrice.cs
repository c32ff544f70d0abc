namespace PowerPlanner.Planning;

/// <summary>
/// What energy costs and what it emits. Each value is finite and in [0, 1e12]; null = not known. Prices are in one currency of the caller's. They buy what the problem's watts
/// are: GPU boards, and <see cref="PlanningProblem.NonGpuWattsPerGpu"/>.
/// </summary>
public sealed record EnergyPrice
{
    /// <summary>Price of electricity, currency per kWh.</summary>
    public double? ElectricityPerKwh { get; init; }

    /// <summary>Carbon intensity of electricity, g CO2e per kWh.</summary>
    public double? CarbonGramsPerKwh { get; init; }

    /// <summary>Price of emissions, currency per tonne CO2e. It needs <see cref="CarbonGramsPerKwh"/>.</summary>
    public double? CarbonPerTonne { get; init; }

    /// <summary>What a kWh costs with its emissions, <c>electricity + g/kWh · price per tonne / 1e6</c>, currency; null where neither has a price.</summary>
    public double? PerKwh => ElectricityPerKwh is null && CarbonPerTonne is null ? null : (ElectricityPerKwh ?? 0) + ((CarbonGramsPerKwh ?? 0) * (CarbonPerTonne ?? 0) / 1e6);
}
