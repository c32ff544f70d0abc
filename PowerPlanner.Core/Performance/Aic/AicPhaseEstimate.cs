using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic;

/// <summary>Latency and energy of one phase, or of one step, of an engine.</summary>
/// <param name="LatencyMs">Duration, ms; 0 where there is nothing to do.</param>
/// <param name="EnergyMillijoules">Energy of one GPU, mJ (W · ms); operations without power data count as zero.</param>
/// <param name="PowerCoverage">Share of the latency whose operations have power data, 0 to 1. An operation counts with its whole latency.</param>
/// <param name="Provenance">Where the latency comes from.</param>
public readonly record struct AicPhaseEstimate(double LatencyMs, double EnergyMillijoules, double PowerCoverage, Provenance Provenance)
{
    /// <summary>
    /// Mean power of one GPU as AIC defines it, W: energy over the whole latency, operations without power data counting as zero; null where the
    /// latency is 0.
    /// </summary>
    public double? PowerWatts => LatencyMs > 0 ? EnergyMillijoules / LatencyMs : null;

    /// <summary>Mean draw of one GPU over the part of the latency that has power data, W; null where none has.</summary>
    public double? ActivePowerWatts => LatencyMs > 0 && PowerCoverage > 0 ? EnergyMillijoules / (LatencyMs * PowerCoverage) : null;

    /// <summary>
    /// Energy that an engine spends on one sequence of the phase, J, as <see cref="StepEstimate.JoulesPerSequence"/>: 0 where there is nothing to do, null where nothing has power data.
    /// </summary>
    /// <param name="layout">The engine's layout.</param>
    /// <param name="batch">Sequences per attention rank; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch is below 1.</exception>
    public double? JoulesPerSequence(EngineLayout layout, int batch) =>
        new StepEstimate(LatencyMs, LatencyMs > 0 ? ActivePowerWatts : 0, PowerCoverage, Provenance).JoulesPerSequence(layout, batch);

    internal static AicPhaseEstimate Of(OperationCost cost) => new(
        cost.LatencyMs, cost.EnergyMillijoules, cost.LatencyMs > 0 ? Math.Min(1, cost.CoveredLatencyMs / cost.LatencyMs) : 0, cost.Label);
}
