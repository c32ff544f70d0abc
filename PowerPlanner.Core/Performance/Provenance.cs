namespace PowerPlanner.Performance;

/// <summary>
/// Where a number comes from, from the surest to the least sure. A sum is as sure as its least sure part; parts that are formulas by
/// nature (memory-bound elementwise work, point-to-point transfers) do not lower it where tables answer for the rest.
/// </summary>
public enum Provenance
{
    /// <summary>A measurement at exactly this point.</summary>
    Measured,

    /// <summary>Between measured points.</summary>
    Interpolated,

    /// <summary>Outside the measured range.</summary>
    Extrapolated,

    /// <summary>From a formula, with no measurement behind it.</summary>
    Modelled,
}
