namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>Where in the attention table a point lies: the three cost differently.</summary>
public enum Region
{
    Inside,

    /// <summary>One neighbour of a ragged table is missing.</summary>
    Ragged,

    /// <summary>Outside of everything measured.</summary>
    Hold,
}
