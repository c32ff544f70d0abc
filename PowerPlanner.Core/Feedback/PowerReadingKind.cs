namespace PowerPlanner.Feedback;

/// <summary>What a draw says about the cap above it.</summary>
public enum PowerReadingKind
{
    /// <summary>There is no usable reading.</summary>
    None,

    /// <summary>Below the band, or the band is off: the draw is what the work wants.</summary>
    Demand,

    /// <summary>In the band around the cap, or above it by no more than the meter errs: the work may want more, nobody can tell how much.</summary>
    PowerLimited,

    /// <summary>Above both: the cap does not hold. The draw is demand, and an alarm.</summary>
    CapNotEnforced,
}
