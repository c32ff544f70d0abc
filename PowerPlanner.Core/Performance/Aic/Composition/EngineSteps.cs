using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Performance.Aic.Composition;

/// <summary>The steps that engines run, from the costs of operation lists (specification 6.1 to 6.3).</summary>
internal sealed class EngineSteps
{
    private readonly IStepEvaluator _evaluator;
    private readonly int _tokensPerSequence;

    /// <param name="draftTokens">Draft tokens a sequence; each is one more row of a decode step.</param>
    public EngineSteps(IStepEvaluator evaluator, int draftTokens)
    {
        _evaluator = evaluator;
        _tokensPerSequence = draftTokens + 1;
    }

    /// <summary>One context step of <paramref name="batch"/> sequences.</summary>
    public OperationCost Context(long batch, long isl, long prefix) => _evaluator.Context(new ContextShape(batch, isl - prefix, prefix));

    public IReadOnlyList<NamedOperationCost> ContextOperations(long batch, long isl, long prefix) =>
        _evaluator.ContextOperations(new ContextShape(batch, isl - prefix, prefix));

    /// <summary>One decode step at a sequence length that includes the token being made.</summary>
    public OperationCost Decode(long batch, long sequenceLength) => _evaluator.Generation(DecodeShape(batch, sequenceLength));

    /// <summary>As <see cref="Decode"/>, with a NaN latency where the tables have no answer.</summary>
    public OperationCost TryDecode(long batch, long sequenceLength) => _evaluator.TryGeneration(DecodeShape(batch, sequenceLength));

    /// <summary>As <see cref="TryDecode"/> for the batches 1 … <c>costs.Length</c>; batch b goes into element b − 1.</summary>
    public void SweepDecode(long sequenceLength, Span<OperationCost> costs)
    {
        if (_tokensPerSequence == 1)
        {
            _evaluator.SweepGeneration(sequenceLength, costs);
            return;
        }

        for (var i = 0; i < costs.Length; i++)
        {
            costs[i] = TryDecode(i + 1, sequenceLength);
        }
    }

    /// <summary>What the latency of <see cref="Context"/> is made of.</summary>
    public StepBalance ContextBalance(long batch, long isl, long prefix) => _evaluator.ContextBalance(new ContextShape(batch, isl - prefix, prefix));

    /// <summary>What the latencies of decode steps are made of; element i is batch <paramref name="firstBatch"/> + i.</summary>
    public void SweepDecodeBalance(long sequenceLength, long firstBatch, Span<StepBalance> balances) =>
        _evaluator.SweepGenerationBalance(sequenceLength, firstBatch, _tokensPerSequence, balances);

    /// <summary>The decode step of an aggregated engine: sequences half way through their output.</summary>
    public OperationCost MeanDecode(long requests, long isl, long osl) => Decode(requests, MeanSequence(isl, osl));

    /// <summary>
    /// All decode steps after the first token (specification 6.2): one step is looked up in each <paramref name="stride"/> and counts for all
    /// of them.
    /// </summary>
    public OperationCost Generation(long batch, long isl, long osl, long stride)
    {
        var sum = OperationCost.Zero;
        for (long token = 0; token < osl - 1; token += stride)
        {
            sum += Decode(batch, isl + token + 1) * Math.Min(stride, osl - 1 - token);
        }

        return sum;
    }

    /// <summary>The same, by operation.</summary>
    public IReadOnlyList<NamedOperationCost> GenerationOperations(long batch, long isl, long osl, long stride)
    {
        NamedOperationCost[] sums = [];
        for (long token = 0; token < osl - 1; token += stride)
        {
            var repeat = Math.Min(stride, osl - 1 - token);
            var step = _evaluator.GenerationOperations(DecodeShape(batch, isl + token + 1));
            if (sums.Length == 0)
            {
                sums = new NamedOperationCost[step.Count];
            }

            for (var i = 0; i < sums.Length; i++)
            {
                // The first step brings names and provenance; zero itself is neutral.
                var earlier = token == 0 ? OperationCost.Zero : sums[i].Cost;
                sums[i] = new NamedOperationCost(step[i].Name, earlier + (step[i].Cost * repeat));
            }
        }

        return sums;
    }

    /// <summary>
    /// A step that prefills <paramref name="contextTokens"/> tokens beside <paramref name="requests"/> decoding sequences (specification 6.3): everything but attention
    /// over the tokens of both, then the attention of each.
    /// </summary>
    public OperationCost Mixed(long contextTokens, long requests, long isl, long osl, long prefix)
    {
        var decodeTokens = requests * _tokensPerSequence;
        var tokens = contextTokens + decodeTokens;
        var cached = prefix * (contextTokens / isl);
        var sum = _evaluator.Context(new ContextShape(1, tokens - cached, cached), OperationSelection.ExceptAttention);
        if (contextTokens > 0)
        {
            var prompts = StepCount.Ceiling(contextTokens, isl);
            var chunks = StepCount.Ceiling(isl, contextTokens);
            sum += _evaluator.Context(new ContextShape(prompts, isl - prefix, prefix), OperationSelection.AttentionOnly) * (1.0 / chunks);
        }

        if (requests > 0)
        {
            sum += _evaluator.Generation(new GenerationShape(decodeTokens, MeanSequence(isl, osl)), OperationSelection.AttentionOnly);
        }

        return sum;
    }

    private static long MeanSequence(long isl, long osl) => isl + (osl / 2) + 1;

    private GenerationShape DecodeShape(long batch, long sequenceLength) => new(batch * _tokensPerSequence, sequenceLength);
}
