namespace PowerPlanner.Performance.Aic.Composition;

/// <summary>One worker of a disaggregated fleet as AIC tabulates it: rounded to three decimals (specification 6.5).</summary>
/// <param name="LatencyMs">Prefill: TTFT. Decode: time of an output token.</param>
/// <param name="RequestsPerSecond">Of one worker.</param>
/// <param name="PowerWatts">Energy over the whole latency, W.</param>
internal readonly record struct PhaseRow(double LatencyMs, double RequestsPerSecond, double PowerWatts)
{
    /// <summary>Three decimals, ties to even.</summary>
    public static double Round(double value) => Math.Round(value * 1000, MidpointRounding.ToEven) / 1000;
}
