using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>
/// An operation with everything that model, layout and tables fix looked up once. Costs include the operation's scale; a NaN latency
/// says that the tables have no answer. Immutable; costs allocate nothing.
/// </summary>
internal abstract class CompiledOperation(string name, double scale)
{
    private const string AttentionName = "attention";

    public string Name => name;

    public double Scale => scale;

    /// <summary>Whether the passes of a mixed step split it off (specification 6.3).</summary>
    public bool IsAttention { get; } = name == AttentionName;

    /// <summary>The record that it was compiled from; the compiler sets it.</summary>
    public Operation? Source
    {
        get;
        set
        {
            field = value;
            SequenceSplit = value?.SequenceSplit ?? 1;
        }
    }

    /// <summary>Ranks that share what a context step hands to the operation.</summary>
    public int SequenceSplit { get; private set; } = 1;

    /// <summary>Whether the hardware has the rates that the operation's bounds need. Where it has not, a missing answer is no lack of data (specification 2.6).</summary>
    public virtual bool HasRate => true;

    /// <summary>Whether a step without an answer cannot be: what would stand in for the operation is never asked.</summary>
    public virtual bool AlwaysAnswers => false;

    public abstract OperationCost Context(in ContextShape shape);

    public abstract OperationCost Generation(in GenerationShape shape);

    /// <summary>Adds the costs of generation steps at one sequence length; element i is batch <paramref name="firstBatch"/> + i.</summary>
    public virtual void AddGenerationSweep(long sequenceLength, long firstBatch, Span<OperationCost> costs)
    {
        for (var i = 0; i < costs.Length; i++)
        {
            costs[i] += Generation(new GenerationShape(firstBatch + i, sequenceLength));
        }
    }

    /// <summary>Why <see cref="Context"/> has no answer.</summary>
    public abstract PerformanceException ContextMiss(in ContextShape shape);

    /// <summary>Why <see cref="Generation"/> has no answer.</summary>
    public abstract PerformanceException GenerationMiss(in GenerationShape shape);
}
