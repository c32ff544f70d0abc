namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>
/// One entry of a model's operation list: what is computed, with every shape fixed by model and layout. It carries no data; evaluators
/// look its cost up.
/// </summary>
/// <param name="Name">Name as in the specification's lists, without the phase's prefix; several operations may share one.</param>
/// <param name="Scale">How often the operation runs in one step (layers, mostly); multiplies latency and energy.</param>
internal abstract record Operation(string Name, double Scale)
{
    /// <summary>Ranks that share the tokens, or the sequences, that a context step hands to the operation (context parallelism).</summary>
    public int SequenceSplit { get; init; } = 1;

    /// <summary>Bytes of weights on one GPU, all layers; before division by pipeline stages.</summary>
    public virtual double WeightBytes => 0;
}
