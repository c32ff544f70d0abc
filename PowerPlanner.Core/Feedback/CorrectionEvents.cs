namespace PowerPlanner.Feedback;

/// <summary>
/// What an update of the coefficients did that somebody should hear of. Edges, not levels: a coefficient that stays at its bound is reported
/// once, and again only after it has left the bound.
/// </summary>
[Flags]
public enum CorrectionEvents
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The TTFT coefficient was cut to its bound.</summary>
    TtftPegged = 1 << CorrectionKind.Ttft,

    /// <summary>The ITL coefficient was cut to its bound.</summary>
    ItlPegged = 1 << CorrectionKind.Itl,

    /// <summary>The prefill power coefficient was cut to its bound.</summary>
    PowerPrefillPegged = 1 << CorrectionKind.PowerPrefill,

    /// <summary>The decode power coefficient was cut to its bound.</summary>
    PowerDecodePegged = 1 << CorrectionKind.PowerDecode,

    /// <summary>The power coefficient of an aggregated engine was cut to its bound.</summary>
    PowerAggregatedPegged = 1 << CorrectionKind.PowerAggregated,

    /// <summary>The TTFT coefficient left its bound.</summary>
    TtftRecovered = TtftPegged << 8,

    /// <summary>The ITL coefficient left its bound.</summary>
    ItlRecovered = ItlPegged << 8,

    /// <summary>The prefill power coefficient left its bound.</summary>
    PowerPrefillRecovered = PowerPrefillPegged << 8,

    /// <summary>The decode power coefficient left its bound.</summary>
    PowerDecodeRecovered = PowerDecodePegged << 8,

    /// <summary>The power coefficient of an aggregated engine left its bound.</summary>
    PowerAggregatedRecovered = PowerAggregatedPegged << 8,
}
