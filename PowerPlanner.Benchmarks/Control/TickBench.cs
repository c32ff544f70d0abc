using PowerPlanner.Control;
using PowerPlanner.Diagnostics;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Benchmarks.Control;

/// <summary>A started controller on a fleet in memory that is in its planned state, under a clock that moves only when told.</summary>
internal sealed class TickBench : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly IPerformanceModel Model = new FixedPerformanceModel(50, 10, 50_000, 400, 300, 700);

    private static readonly RoleObservation Role = new() { ScheduledTokens = 5000, PowerWattsPerGpu = 250, MaxBatchedTokens = 8192 };

    private static readonly Observation Quiet = new()
    {
        Duration = Minute,
        Requests = 10,
        TtftMs = 50,
        ItlMs = 10,
        TokensPerSecond = 100,
        TotalWatts = 5000,
        Prefill = Role,
        Decode = Role,
        Aggregated = Role,
    };

    private static readonly InMemoryRole Replicas = new() { GpusPerReplica = 8, CapWatts = 700 };

    private readonly SimulatedTime _time = new();
    private readonly PowerPlannerController _controller;
    private readonly InMemoryFleet _fleet;
    private TimeSpan _now;

    private TickBench(DeploymentMode mode, string name, PlannerInstruments instruments)
    {
        var isAggregated = mode == DeploymentMode.Aggregated;
        var engine = new PlanningEngine(Model, new EngineLayout(8));
        var problem = new PlanningProblem
        {
            Mode = mode,
            Isl = 1000,
            Osl = 200,
            TtftTargetMs = 200,
            ItlTargetMs = 50,
            PrefillEngine = isAggregated ? null : engine,
            DecodeEngine = isAggregated ? null : engine,
            AggregatedEngine = isAggregated ? engine : null,
            Limits = new PlanningLimits { BudgetWatts = 8000, GpuBudget = 32 },
            PrefillFallbackCapWatts = 700,
            DecodeFallbackCapWatts = 700,
        };
        var fleet = new InMemoryFleet(
            isAggregated ? new InMemoryFleetSetup { Aggregated = Replicas } : new InMemoryFleetSetup { Prefill = Replicas, Decode = Replicas },
            _time);
        fleet.SetObservation(Quiet);
        _fleet = fleet;
        _controller = new PowerPlannerController(
            problem, new ControlOptions(), fleet, fleet, new ControllerServices { Name = name, TimeProvider = _time, Instruments = instruments });
    }

    public static async Task<TickBench> StartAsync(DeploymentMode mode, string name, PlannerInstruments instruments)
    {
        var bench = new TickBench(mode, name, instruments);
        await bench._controller.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            bench.Tick();
        }

        return bench;
    }

    /// <summary>A minute later, a tick; it completes at once.</summary>
    public ControllerStatus Tick()
    {
        _now += Minute;
        _time.AdvanceTo(_now);
        var tick = _controller.TickAsync();
        return tick.IsCompletedSuccessfully ? tick.Result : tick.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Another budget from the next tick on; the fleet's log of commands so far is dropped.</summary>
    public void ChangeBudget(long watts)
    {
        _fleet.ClearCommands();
        _controller.UpdateBudget(watts);
    }

    public void Dispose() => _controller.Dispose();
}
