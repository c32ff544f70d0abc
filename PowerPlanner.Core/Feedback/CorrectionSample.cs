namespace PowerPlanner.Feedback;

/// <summary>
/// What one window says about the model, reading beside denominator. Leave out what was not measured, or does not exist in the deployment's
/// mode: <c>default</c> teaches nothing.
/// </summary>
public readonly record struct CorrectionSample
{
    /// <summary>Requests in the window; latencies of a window without any teach nothing. Null = absent.</summary>
    public double? Requests { get; init; }

    /// <summary>Time to first token.</summary>
    public LatencySample Ttft { get; init; }

    /// <summary>Inter-token latency.</summary>
    public LatencySample Itl { get; init; }

    /// <summary>Draw of the prefill side, in disaggregated mode.</summary>
    public PowerSample PowerPrefill { get; init; }

    /// <summary>Draw of the decode side, in disaggregated mode.</summary>
    public PowerSample PowerDecode { get; init; }

    /// <summary>Draw of the engines, in aggregated mode.</summary>
    public PowerSample PowerAggregated { get; init; }
}
