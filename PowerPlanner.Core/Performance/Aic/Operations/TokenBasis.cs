namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>How many rows a step hands to a token-major operation.</summary>
internal enum TokenBasis
{
    /// <summary>All tokens of the step.</summary>
    Tokens,

    /// <summary>One row a sequence: the logits of a context step.</summary>
    Sequences,
}
