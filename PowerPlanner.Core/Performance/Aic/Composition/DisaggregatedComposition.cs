using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Composition;

/// <summary>Prefill workers and decode workers side by side (specification 6.5).</summary>
internal static class DisaggregatedComposition
{
    private const double PrefillLatencyFactor = 1.1;
    private const double DecodeLatencyFactor = 1.08;
    private const double PrefillQueueingFactor = 1.8;
    private const double PrefillUtilization = 0.9;
    private const double DecodeUtilization = 0.92;

    /// <summary>A prefill worker.</summary>
    /// <param name="context">Its context step.</param>
    /// <param name="sequences">Sequences of a step over all attention ranks.</param>
    /// <param name="stages">Pipeline stages.</param>
    public static PhaseRow PrefillRow(OperationCost context, double sequences, int stages)
    {
        var ttft = context.LatencyMs * PrefillLatencyFactor;
        return Row(ttft, ttft, sequences, stages, context);
    }

    /// <summary>A decode worker.</summary>
    /// <param name="generation">All its decode steps after the first token.</param>
    /// <param name="progress">Tokens that a sequence gains in a decode step; 1 without speculation.</param>
    public static PhaseRow DecodeRow(OperationCost generation, double sequences, int stages, long osl, double progress)
    {
        var itl = osl > 1 ? generation.LatencyMs * DecodeLatencyFactor / (osl - 1) / progress : 0;
        return Row(itl, itl * (osl - 1), sequences, stages, generation);
    }

    public static DisaggregatedFleet Compose(PhaseRow prefill, long prefillWorkers, PhaseRow decode, long decodeWorkers, long osl)
    {
        var ttft = prefill.LatencyMs * PrefillQueueingFactor;
        var decodeMs = decode.LatencyMs * (osl - 1);
        var requestMs = ttft + decodeMs;
        var requestsPerSecond = Math.Min(prefill.RequestsPerSecond * prefillWorkers * PrefillUtilization, decode.RequestsPerSecond * decodeWorkers * DecodeUtilization);
        var power = ((prefill.PowerWatts * ttft) + (decode.PowerWatts * decodeMs)) / requestMs;
        return new DisaggregatedFleet(
            PhaseRow.Round(ttft), PhaseRow.Round(decode.LatencyMs), PhaseRow.Round(requestMs), requestsPerSecond, PhaseRow.Round(power));
    }

    private static PhaseRow Row(double latencyMs, double requestMs, double sequences, int stages, OperationCost cost) => new(
        PhaseRow.Round(latencyMs),
        PhaseRow.Round(requestMs > 0 ? sequences / requestMs * 1000 * stages : 0),
        PhaseRow.Round(cost.LatencyMs > 0 ? cost.EnergyMillijoules / cost.LatencyMs : 0));
}
