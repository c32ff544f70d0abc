namespace PowerPlanner.Performance.Aic.Composition;

/// <summary>How an aggregated engine mixes prefill and decode steps while it serves one batch (specification 6.4).</summary>
/// <param name="PrefillSteps">Mixed steps that the batch's input takes.</param>
/// <param name="MixedSteps">Mixed steps of the cycle.</param>
/// <param name="DecodeSteps">Steps of the cycle that decode only; may be fractional under speculation.</param>
/// <param name="MixedRequests">Decoding sequences of a mixed step.</param>
/// <param name="DecodeRequests">Decoding sequences of a decode-only step.</param>
/// <param name="MixedWeight">Mixed steps that a token's latency sees.</param>
internal readonly record struct AggregatedSchedule(
    long PrefillSteps, long MixedSteps, double DecodeSteps, long MixedRequests, long DecodeRequests, long MixedWeight)
{
    /// <param name="contextTokens">Prefill tokens of a mixed step.</param>
    /// <param name="progress">Tokens that a sequence gains in a decode step; 1 without speculation.</param>
    public static AggregatedSchedule Of(AicBackend backend, long batch, long contextTokens, long isl, long osl, double progress)
    {
        var iterations = 1 + ((osl - 1) / progress);
        var steps = StepCount.Ceiling(isl * batch, contextTokens);
        if (batch == 1)
        {
            return new AggregatedSchedule(steps, 1, Math.Max(iterations - 1, 0), 0, 1, 0);
        }

        var prefillBound = steps >= iterations;
        var requests = prefillBound && backend != AicBackend.Vllm
            ? (long)StepCount.FloorDivide(batch, steps / iterations)
            : batch - StepCount.Ceiling(contextTokens, isl);
        requests = Math.Max(1, requests);
        return prefillBound
            ? new AggregatedSchedule(steps, steps, 0, requests, 0, steps)
            : new AggregatedSchedule(steps, steps, iterations - steps, requests, batch, backend == AicBackend.Vllm ? steps : Math.Max(1, steps - 3));
    }
}
