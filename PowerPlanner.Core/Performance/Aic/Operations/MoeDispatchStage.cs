namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Which way tokens travel.</summary>
internal enum MoeDispatchStage
{
    /// <summary>To the experts.</summary>
    Pre,

    /// <summary>Back from the experts.</summary>
    Post,
}
