namespace PowerPlanner.Performance.PowerScaling;

/// <summary>
/// A performance model that can answer for power caps: it says what a step's latency is made of, and <see cref="CapLatency"/> makes
/// latencies under caps of it. The balance of a step does not depend on the cap, so that a sweep over caps asks the model once a step.
/// </summary>
/// <remarks>A model answers for the balance wherever it answers for the step itself. Implementations are immutable and safe to call from several threads.</remarks>
public interface ICapAwarePerformanceModel : IPerformanceModel
{
    /// <summary>What the latency of <see cref="IPerformanceModel.EstimatePrefill"/> is made of.</summary>
    /// <param name="query">The step's batch, input length and cached prefix.</param>
    /// <exception cref="NoPerformanceDataException">The model has no data at this point.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value that no engine can have.</exception>
    StepBalance BalancePrefill(PrefillQuery query);

    /// <summary>What the latency of <see cref="IPerformanceModel.EstimateDecode"/> is made of.</summary>
    /// <param name="query">The step's batch and context length.</param>
    /// <exception cref="NoPerformanceDataException">The model has no data at this point.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value that no engine can have.</exception>
    StepBalance BalanceDecode(DecodeQuery query);

    /// <summary>
    /// As <see cref="BalanceDecode"/> for the batches 1 … <c>balances.Length</c>; batch b goes into element b − 1. What a batch without data
    /// gets is not used. The default asks batch by batch; models override it where a sweep is cheaper than its parts.
    /// </summary>
    /// <param name="contextTokens">Context length, tokens; at least 1.</param>
    /// <param name="balances">Receives one balance a batch.</param>
    void BalanceDecodeSweep(long contextTokens, Span<StepBalance> balances)
    {
        for (var i = 0; i < balances.Length; i++)
        {
            try
            {
                balances[i] = BalanceDecode(new DecodeQuery(i + 1, contextTokens));
            }
            catch (NoPerformanceDataException)
            {
                balances[i] = default;
            }
        }
    }
}
