namespace PowerPlanner.Feedback;

/// <summary>One of the live correction coefficients.</summary>
public enum CorrectionKind
{
    /// <summary>Prefill latency.</summary>
    Ttft,

    /// <summary>Inter-token latency.</summary>
    Itl,

    /// <summary>Power of the prefill side.</summary>
    PowerPrefill,

    /// <summary>Power of the decode side.</summary>
    PowerDecode,

    /// <summary>Power of an aggregated engine.</summary>
    PowerAggregated,
}
