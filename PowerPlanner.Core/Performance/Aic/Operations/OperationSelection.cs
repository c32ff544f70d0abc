namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Which operations of a list a step runs: the passes of a mixed step (specification 6.3) split off attention.</summary>
internal enum OperationSelection
{
    All,

    /// <summary>All but the top-level operations named <c>attention</c>.</summary>
    ExceptAttention,

    /// <summary>The top-level operations named <c>attention</c> alone.</summary>
    AttentionOnly,
}
