namespace PowerPlanner.Performance;

/// <summary>
/// Answers for one engine: a model served by one backend on one GPU type in one parallel layout. Latency, power and KV capacity at an
/// operating point, without any knowledge of fleets, budgets or live corrections.
/// </summary>
/// <remarks>
/// Implementations are immutable and safe to call from several threads. Batches are sequences per attention rank; powers are watts of
/// one GPU. A model that cannot answer for a point throws a <see cref="PerformanceException"/>; it never answers with a guess that it
/// does not label (<see cref="StepEstimate.Provenance"/>).
/// </remarks>
public interface IPerformanceModel
{
    /// <summary>Nameplate power (TDP) of one GPU, W; greater than 0, or null where the model does not know it.</summary>
    double? NameplateWatts { get; }

    /// <summary>KV-cache tokens that one attention rank holds beside weights and activations; 0 where nothing is left for a cache.</summary>
    long KvCapacityTokens { get; }

    /// <summary>One prefill (context) step: its latency is the engine's TTFT without queueing.</summary>
    /// <param name="query">The step's batch, input length and cached prefix.</param>
    /// <exception cref="NoPerformanceDataException">The model has no data at this point.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value that no engine can have.</exception>
    StepEstimate EstimatePrefill(PrefillQuery query);

    /// <summary>One decode step: its latency is the engine's inter-token latency (ITL).</summary>
    /// <param name="query">The step's batch and context length.</param>
    /// <exception cref="NoPerformanceDataException">The model has no data at this point.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value that no engine can have.</exception>
    StepEstimate EstimateDecode(DecodeQuery query);

    /// <summary>
    /// Decode steps of the batches 1 … <c>estimates.Length</c> at one context length; batch b goes into element b − 1. A batch without
    /// data gets <see cref="StepEstimate.NoData"/> instead of an exception. The default asks <see cref="EstimateDecode"/> batch by batch;
    /// models override it where a sweep is cheaper than its parts.
    /// </summary>
    /// <param name="contextTokens">Context length, tokens; at least 1.</param>
    /// <param name="estimates">Receives one estimate a batch.</param>
    void EstimateDecodeSweep(long contextTokens, Span<StepEstimate> estimates)
    {
        for (var i = 0; i < estimates.Length; i++)
        {
            try
            {
                estimates[i] = EstimateDecode(new DecodeQuery(i + 1, contextTokens));
            }
            catch (NoPerformanceDataException)
            {
                estimates[i] = StepEstimate.NoData;
            }
        }
    }
}
