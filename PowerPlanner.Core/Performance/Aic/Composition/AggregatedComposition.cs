using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Composition;

/// <summary>One engine that prefills in chunks beside decoding sequences (specification 6.4).</summary>
internal static class AggregatedComposition
{
    // vLLM's time between a request's arrival and its first step, a layer.
    private const double VllmOverheadMsPerLayer = 0.8;

    /// <param name="contextTokens">Prefill tokens of a mixed step.</param>
    /// <param name="progress">Tokens that a sequence gains in a decode step; 1 without speculation.</param>
    public static AggregatedCycle Compose(
        EngineSteps steps, EngineSpecification engine, long batch, long contextTokens, long isl, long osl, long prefix, double progress)
    {
        var schedule = AggregatedSchedule.Of(engine.Backend, batch, contextTokens, isl, osl, progress);
        var mixed = steps.Mixed(contextTokens, schedule.MixedRequests, isl, osl, prefix);
        var decode = schedule.DecodeRequests > 0 ? steps.MeanDecode(schedule.DecodeRequests, isl, osl) : OperationCost.Zero;

        var overhead = engine.Backend == AicBackend.Vllm ? VllmOverheadMsPerLayer * engine.Model.Layers : 0;
        var ttft = ((mixed.LatencyMs * StepCount.Ceiling(isl, contextTokens)) + overhead) * QueueingFactor(engine.Backend, batch, schedule.PrefillSteps);
        var tokenSteps = schedule.MixedWeight + schedule.DecodeSteps;
        var itl = tokenSteps > 0 ? ((mixed.LatencyMs * schedule.MixedWeight) + (decode.LatencyMs * schedule.DecodeSteps)) / tokenSteps / progress : 0;
        var cycle = (mixed * schedule.MixedSteps) + (decode * schedule.DecodeSteps);

        var requestMs = ttft + (itl * (osl - 1));
        var requestsPerSecond = 1000 / cycle.LatencyMs * batch;
        if (engine.Backend == AicBackend.Vllm)
        {
            requestsPerSecond = Math.Min(requestsPerSecond, batch * 1000 / requestMs);
        }

        var replicas = (double)engine.Layout.PipelineParallel * engine.Layout.AttentionDataParallel;
        return new AggregatedCycle(ttft, itl, requestMs, requestsPerSecond * replicas, batch * replicas, cycle);
    }

    private static double QueueingFactor(AicBackend backend, long batch, long prefillSteps) => backend != AicBackend.Vllm
        ? Math.Min(2 + ((prefillSteps - 3) / 2.0 / 10), 4)
        : batch <= 1 ? 1 : Math.Min(1 + (Math.Log2(batch) / 8), 2);
}
