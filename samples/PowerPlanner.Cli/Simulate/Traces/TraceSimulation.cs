using PowerPlanner.Cli.Simulate.Report;
using PowerPlanner.Hosting;
using PowerPlanner.Performance;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>
/// Drives the physical fleet with recorded arrivals, a controller in the loop. The engines are those of the configuration: at each tick, a
/// prefill step of the tick's mean input length, and a decode step of the batch that the policy planned, or of as many such sequences as the KV
/// cache holds; aggregated engines take turns at both. They demand what the model says they draw; under a lower cap a step takes demand over cap times as long. The controller sees the
/// fleet's observation only: rates, mean lengths and latencies, draw, ready replicas.
/// </summary>
internal sealed class TraceSimulation(PowerPlannerOptions options, PlanningProblem problem, IReadOnlyList<TraceTick> ticks)
{
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(30);

    public async Task<TraceRun> RunAsync(string trace, TracePolicyKind kind, double scale, ulong seed, CancellationToken cancellationToken)
    {
        var control = ControlOptionsFactory.Create(options);
        var time = new SimulatedTime();
        var largestBatch = LargestBatch(problem.Isl, problem.Osl);
        var fleet = new SimulatedFleet(Setup(largestBatch, control.Tick, seed), time);
        using ITracePolicy policy = kind == TracePolicyKind.Library
            ? new LibraryTracePolicy(problem, control, fleet, time, largestBatch)
            : new ReferenceTracePolicy(problem, control, fleet, time, largestBatch);
        var tally = new TraceTally(options, control.Tick);

        // The fleet is up before the first request: what starts at the start has warmed up by then.
        await policy.StartAsync(cancellationToken);
        var lead = (int)Math.Ceiling(Warmup / control.Tick);
        for (var i = 1; i < lead; i++)
        {
            time.AdvanceTo(control.Tick * i);
            await policy.TickAsync(cancellationToken);
        }

        var startPeak = fleet.Machine.PeakWatts;
        var sweepsBefore = policy.Sweeps;
        for (var tick = 0; tick < ticks.Count; tick++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            time.AdvanceTo(control.Tick * (lead + tick));
            var load = Load(ticks[tick], scale, control.Tick);
            fleet.UseEngines(Engines(load, policy.DecodeBatch));
            fleet.Step(tick, load);
            fleet.Machine.ResetPeak();
            fleet.Machine.ClearCommands();
            var sweeps = policy.Sweeps;
            await policy.TickAsync(cancellationToken);
            var peak = Math.Max(fleet.Machine.PeakWatts, tick == 0 ? startPeak : 0);
            var sample = new TimelineSample(fleet.Truth, fleet.Machine.State, options.TotalGpuPowerLimitWatts, fleet.Machine.ChargedWatts, peak, policy.Corrections, policy.Sweeps > sweeps);
            tally.Add(sample, fleet.Machine.Commands, policy.IsDisabled);
        }

        return new TraceRun(tally.Output(trace, TracePolicies.Name(kind), scale, seed, policy.Sweeps - sweepsBefore), tally.Samples, options, control.Tick);
    }

    private OfferedLoad Load(TraceTick tick, double scale, TimeSpan length) => tick.Requests == 0
        ? new OfferedLoad(0, problem.Isl, problem.Osl)
        : new OfferedLoad(tick.Requests * scale / length.TotalSeconds, (double)tick.ContextTokens / tick.Requests, (double)tick.GeneratedTokens / tick.Requests);

    private EngineConstants Engines(in OfferedLoad load, int batch)
    {
        var (isl, osl) = ((int)Math.Max(1, Math.Round(load.Isl)), (int)Math.Max(1, Math.Round(load.Osl)));
        try
        {
            return EngineConstants.Of(problem, isl, osl, Math.Min(batch, LargestBatch(isl, osl)));
        }
        catch (PerformanceException exception)
        {
            throw new BadInputException(
                FormattableString.Invariant($"performance: no answer at {isl} tokens in, {osl} out, batch {batch} ({exception.Message}); allowed: a model that covers the trace's lengths"),
                exception);
        }
    }

    /// <summary>The engine that decodes, or does both.</summary>
    private PlanningEngine Decoding => problem.DecodeEngine ?? problem.AggregatedEngine!;

    private int LargestBatch(int isl, int osl) => (int)Math.Clamp(Decoding.Model.KvCapacityTokens / ((long)isl + osl), 1, problem.MaxBatch ?? int.MaxValue);

    private SimulatedFleetSetup Setup(int batch, TimeSpan tick, ulong seed)
    {
        return new SimulatedFleetSetup
        {
            Engines = Engines(new OfferedLoad(0, problem.Isl, problem.Osl), batch),
            Prefill = Role(problem.PrefillEngine, problem.MinPrefillReplicas, problem.PrefillFallbackCapWatts, problem.Limits.PrefillCapLimits),
            Decode = Role(problem.DecodeEngine, problem.MinDecodeReplicas, problem.DecodeFallbackCapWatts, problem.Limits.DecodeCapLimits),
            Aggregated = Role(problem.AggregatedEngine, problem.MinDecodeReplicas, problem.DecodeFallbackCapWatts, problem.Limits.DecodeCapLimits),
            Isl = problem.Isl,
            Osl = problem.Osl,
            Noise = FleetNoise.Default,
            Seed = seed,
            Tick = tick,
            NonGpuWattsPerGpu = problem.NonGpuWattsPerGpu,
        };

        static InMemoryRole? Role(PlanningEngine? engine, int replicas, int capWatts, Power.GpuPowerLimits? limits) => engine is null ? null : new()
        {
            Replicas = replicas,
            GpusPerReplica = engine.Layout.Gpus,
            CapWatts = capWatts,
            CapLimits = limits,
            StartDelay = Warmup,
            DrainDelay = Drain,
        };
    }
}
