namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>Who looks operations up.</summary>
internal enum EvaluatorKind
{
    /// <summary>The literal interpreter of the specification, the oracle.</summary>
    Literal,

    /// <summary>The library's own.</summary>
    Compiled,
}
