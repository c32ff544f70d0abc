namespace PowerPlanner.Feedback;

/// <summary>Why a reading counts as absent.</summary>
public enum ReadingFault
{
    /// <summary>It does not: the reading is usable, or none was given.</summary>
    None,

    /// <summary>NaN or infinite.</summary>
    NotFinite,

    /// <summary>Below zero.</summary>
    Negative,

    /// <summary>More than any fleet could mean: power above twice the nameplate, a latency above an hour, more than 10¹² tokens.</summary>
    Absurd,

    /// <summary>The window ended longer ago than the freshness bound.</summary>
    Stale,

    /// <summary>The window, or the instant of the tick, does not come after the last one: a duplicate, a late sample, a clock that went back.</summary>
    OutOfOrder,
}
