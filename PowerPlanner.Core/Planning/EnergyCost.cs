namespace PowerPlanner.Planning;

/// <summary>
/// What a plan's energy costs and emits, non-GPU watts included. Costs are null without a price, emissions without a carbon intensity. All but <see cref="MostPerHour"/> follow from the
/// predicted draw at the plan's full throughput (<see cref="PowerPlan.JoulesPerRequest"/>).
/// </summary>
public sealed record EnergyCost
{
    private const double JoulesPerKwh = 3.6e6;

    /// <summary>Cost of an hour at the predicted draw, currency.</summary>
    public required double? PerHour { get; init; }

    /// <summary>
    /// Cost of an hour at the charged watts, currency: the most that the plan can cost where caps are kept, and what <see cref="PlanningObjective.Cost"/> makes least.
    /// </summary>
    public required double? MostPerHour { get; init; }

    /// <summary>Cost of a request, currency.</summary>
    public required double? PerRequest { get; init; }

    /// <summary>Cost of a million tokens, input and output, currency.</summary>
    public required double? PerMillionTokens { get; init; }

    /// <summary>Emissions of a request, g CO2e.</summary>
    public required double? CarbonGramsPerRequest { get; init; }

    /// <summary>Emissions of an hour, g CO2e.</summary>
    public required double? CarbonGramsPerHour { get; init; }

    internal static EnergyCost? Of(EnergyPrice? price, double joulesPerRequest, double requestsPerSecond, long chargedWatts, long tokensPerRequest)
    {
        if (price is null)
        {
            return null;
        }

        var kwhPerRequest = joulesPerRequest / JoulesPerKwh;
        var requestsPerHour = requestsPerSecond * 3600;
        var perRequest = kwhPerRequest * price.PerKwh;
        var gramsPerRequest = kwhPerRequest * price.CarbonGramsPerKwh;
        return new EnergyCost
        {
            PerHour = perRequest * requestsPerHour,
            MostPerHour = chargedWatts / 1000.0 * price.PerKwh,
            PerRequest = perRequest,
            PerMillionTokens = perRequest * 1e6 / tokensPerRequest,
            CarbonGramsPerRequest = gramsPerRequest,
            CarbonGramsPerHour = gramsPerRequest * requestsPerHour,
        };
    }
}
