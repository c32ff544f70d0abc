namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Which projection is absorbed.</summary>
internal enum MlaBmmStage
{
    /// <summary>That of the queries, before attention.</summary>
    Pre,

    /// <summary>That of the values, after attention.</summary>
    Post,
}
