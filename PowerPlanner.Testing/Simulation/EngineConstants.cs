using PowerPlanner.Performance;
using PowerPlanner.Planning;

namespace PowerPlanner.Testing.Simulation;

/// <summary>What the engines of a simulated fleet do at their operating point, without throttling, queueing or bias. Immutable.</summary>
public sealed record EngineConstants
{
    /// <summary>Latency of a prefill step, ms.</summary>
    public required double TtftMs { get; init; }

    /// <summary>Latency of a decode step, ms.</summary>
    public required double ItlMs { get; init; }

    /// <summary>Demand of a prefill GPU, W.</summary>
    public required double PrefillWatts { get; init; }

    /// <summary>Demand of a decode GPU, W.</summary>
    public required double DecodeWatts { get; init; }

    /// <summary>Nameplate power of a GPU, W.</summary>
    public required double NameplateWatts { get; init; }

    /// <summary>Requests/s of a prefill replica; of an engine that runs both phases, what it serves in all.</summary>
    public required double PrefillRequestsPerSecond { get; init; }

    /// <summary>Requests/s of a decode replica; of an engine that runs both phases, what it serves in all.</summary>
    public required double DecodeRequestsPerSecond { get; init; }

    /// <summary>Cap below which <see cref="FleetPhysics.Compat"/> slows decode down, W; 0 = never.</summary>
    public double DecodePowerFloorWatts { get; init; }

    /// <summary>The share of its time that an engine which runs both phases spends on prefill, 0 to 1. Default 0.5; no matter to replicas of one phase.</summary>
    public double PrefillTimeShare { get; init; } = 0.5;

    /// <summary>The engines of a problem at an operating point, by their own models: what a fleet would do that is exactly as modelled.</summary>
    /// <param name="problem">A problem of either mode.</param>
    /// <param name="isl">Mean input length, tokens; at least 1.</param>
    /// <param name="osl">Mean output length, tokens; at least 1.</param>
    /// <param name="batch">Sequences per attention rank, as planned; at least 1.</param>
    /// <remarks>
    /// An engine that runs both phases takes turns: <c>batch · 1000 / (ttft + itl · (osl − 1))</c> requests/s per rank and stage, or what its model's own
    /// composition says. Its turns of prefill take <c>ttft / (ttft + itl · (osl − 1))</c> of the time.
    /// </remarks>
    /// <exception cref="PerformanceException">A model has no answer there.</exception>
    public static EngineConstants Of(PlanningProblem problem, int isl, int osl, int batch)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        if (problem.AggregatedEngine is { } engine)
        {
            return Of(problem, engine, isl, osl, batch);
        }

        var (prefill, decode) = (problem.PrefillEngine!, problem.DecodeEngine!);
        var first = prefill.Model.EstimatePrefill(new PrefillQuery(isl));
        var step = decode.Model.EstimateDecode(new DecodeQuery(batch, isl + (osl / 2) + 1));
        var nameplate = problem.NameplateWatts ?? prefill.Model.NameplateWatts ?? decode.Model.NameplateWatts ?? Math.Max(problem.PrefillFallbackCapWatts, problem.DecodeFallbackCapWatts);
        return new EngineConstants
        {
            TtftMs = first.LatencyMs,
            ItlMs = step.LatencyMs,
            PrefillWatts = Math.Min(first.ActivePowerWatts ?? nameplate, nameplate),
            DecodeWatts = Math.Min(step.ActivePowerWatts ?? nameplate, nameplate),
            NameplateWatts = nameplate,
            PrefillRequestsPerSecond = Servers(prefill.Layout) * 1000 / first.LatencyMs,
            DecodeRequestsPerSecond = batch * Servers(decode.Layout) * 1000 / (step.LatencyMs * osl),
        };
    }

    private static EngineConstants Of(PlanningProblem problem, PlanningEngine engine, int isl, int osl, int batch)
    {
        var first = engine.Model.EstimatePrefill(new PrefillQuery(isl));
        var step = engine.Model.EstimateDecode(new DecodeQuery(batch, isl + (osl / 2) + 1));
        var composed = (engine.Model as IAggregatedPerformanceModel)?.EstimateAggregated(new AggregatedQuery(batch, isl, osl));
        var turns = first.LatencyMs + (step.LatencyMs * (osl - 1));
        var rate = composed?.RequestsPerSecond ?? (batch * Servers(engine.Layout) * 1000 / turns);
        var nameplate = problem.NameplateWatts ?? engine.Model.NameplateWatts ?? Math.Max(problem.PrefillFallbackCapWatts, problem.DecodeFallbackCapWatts);
        return new EngineConstants
        {
            TtftMs = composed?.TtftMs ?? first.LatencyMs,
            ItlMs = composed?.ItlMs ?? step.LatencyMs,
            PrefillWatts = Math.Min(first.ActivePowerWatts ?? nameplate, nameplate),
            DecodeWatts = Math.Min(step.ActivePowerWatts ?? nameplate, nameplate),
            NameplateWatts = nameplate,
            PrefillRequestsPerSecond = rate,
            DecodeRequestsPerSecond = rate,
            PrefillTimeShare = first.LatencyMs / turns,
        };
    }

    private static double Servers(EngineLayout layout) => (double)layout.AttentionDataParallel * layout.PipelineParallel;
}
