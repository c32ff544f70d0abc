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

    /// <summary>Requests/s of a prefill replica.</summary>
    public required double PrefillRequestsPerSecond { get; init; }

    /// <summary>Requests/s of a decode replica.</summary>
    public required double DecodeRequestsPerSecond { get; init; }

    /// <summary>Cap below which <see cref="FleetPhysics.Compat"/> slows decode down, W; 0 = never.</summary>
    public double DecodePowerFloorWatts { get; init; }

    /// <summary>The engines of a problem at an operating point, by their own models: what a fleet would do that is exactly as modelled.</summary>
    /// <param name="problem">A disaggregated problem.</param>
    /// <param name="isl">Mean input length, tokens; at least 1.</param>
    /// <param name="osl">Mean output length, tokens; at least 1.</param>
    /// <param name="batch">Sequences per attention rank, as planned; at least 1.</param>
    /// <exception cref="ArgumentException">The problem is aggregated.</exception>
    /// <exception cref="PerformanceException">A model has no answer there.</exception>
    public static EngineConstants Of(PlanningProblem problem, int isl, int osl, int batch)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        if (problem.PrefillEngine is not { } prefill || problem.DecodeEngine is not { } decode)
        {
            throw new ArgumentException("The problem has no prefill and decode engines; simulated fleets are disaggregated.", nameof(problem));
        }

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

    private static double Servers(EngineLayout layout) => (double)layout.AttentionDataParallel * layout.PipelineParallel;
}
