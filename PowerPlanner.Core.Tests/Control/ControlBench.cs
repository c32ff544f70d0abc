using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using PowerPlanner.Control;
using PowerPlanner.Diagnostics;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control;

/// <summary>A controller with everything around it in memory, by default the unit set of the reference tests: 8-GPU engines, 400/300 W, 8 kW.</summary>
internal sealed class ControlBench : IDisposable
{
    /// <summary>A window in which everything is well inside its targets.</summary>
    public static readonly Observation Quiet = new()
    {
        Duration = TimeSpan.FromSeconds(60),
        Requests = 10,
        TtftMs = 50,
        ItlMs = 10,
        TokensPerSecond = 100,
        Prefill = new RoleObservation { ScheduledTokens = 5000, PowerWattsPerGpu = 350, MaxBatchedTokens = 8192 },
        Decode = new RoleObservation { ScheduledTokens = 2000, PowerWattsPerGpu = 260 },
    };

    private readonly ILogger _logger;

    public ControlBench(PlanningProblem? problem = null, ControlOptions? options = null, InMemoryFleetSetup? fleet = null, IPerformanceModel? model = null, ILogger? logger = null)
    {
        _logger = logger ?? Log;
        Model = new SwitchableModel(model ?? new FixedPerformanceModel(50, 10, 50_000, 400, 300, 700));
        Problem = (problem ?? Unit) with
        {
            PrefillEngine = problem?.Mode == DeploymentMode.Aggregated ? null : new PlanningEngine(Model, (problem ?? Unit).PrefillEngine!.Layout),
            DecodeEngine = problem?.Mode == DeploymentMode.Aggregated ? null : new PlanningEngine(Model, (problem ?? Unit).DecodeEngine!.Layout),
            AggregatedEngine = problem?.Mode == DeploymentMode.Aggregated ? new PlanningEngine(Model, problem.AggregatedEngine!.Layout) : null,
        };
        Options = options ?? new ControlOptions();
        Fleet = new InMemoryFleet(fleet ?? FleetOf(Problem), Time);
        Controller = Create();
    }

    public static PlanningProblem Unit { get; } = new()
    {
        Isl = 1000,
        Osl = 200,
        TtftTargetMs = 200,
        ItlTargetMs = 50,
        PrefillEngine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000), new EngineLayout(8)),
        DecodeEngine = new PlanningEngine(new FixedPerformanceModel(50, 10, 50_000), new EngineLayout(8)),
        Limits = new PlanningLimits { BudgetWatts = 8000, GpuBudget = 32 },
        PrefillUtilization = 1,
        DecodeUtilization = 1,
        Batches = BatchPolicy.Largest,
        PrefillFallbackCapWatts = 700,
        DecodeFallbackCapWatts = 700,
    };

    /// <summary>What the controller says, unless another logger was given.</summary>
    public FakeLogger Log { get; } = new();

    public PlannerInstruments Instruments { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public SwitchableModel Model { get; }

    public PlanningProblem Problem { get; }

    public ControlOptions Options { get; }

    public InMemoryFleet Fleet { get; }

    public PowerPlannerController Controller { get; private set; }

    public static InMemoryFleetSetup FleetOf(PlanningProblem problem, int replicas = 0, int capWatts = 700, GpuPowerLimits? limits = null) =>
        problem.Mode == DeploymentMode.Aggregated
            ? new InMemoryFleetSetup { Aggregated = Role(problem.AggregatedEngine!, replicas, capWatts, limits) }
            : new InMemoryFleetSetup { Prefill = Role(problem.PrefillEngine!, replicas, capWatts, limits), Decode = Role(problem.DecodeEngine!, replicas, capWatts, limits) };

    /// <summary>A new controller over the same fleet, as after a restart.</summary>
    public PowerPlannerController Create() => Controller = new PowerPlannerController(Problem, Options, Fleet, Fleet, new ControllerServices { Name = "east", TimeProvider = Time, Logger = _logger, Instruments = Instruments });

    public async Task<ControllerStatus> Start() => await Controller.StartAsync();

    /// <summary>A minute later, a tick with this observation.</summary>
    public async Task<ControllerStatus> Tick(Observation? observation = null, double seconds = 60)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        Fleet.SetObservation(observation);
        return await Controller.TickAsync();
    }

    public async Task<ControllerStatus> Ticks(int count, Observation? observation = null)
    {
        var status = Controller.Status;
        for (var i = 0; i < count; i++)
        {
            status = await Tick(observation);
        }

        return status;
    }

    /// <summary>How often an event was logged.</summary>
    public int Logged(int eventId) => Log.Collector.GetSnapshot().Count(record => record.Id.Id == eventId);

    public void Dispose()
    {
        Controller.Dispose();
        Instruments.Dispose();
    }

    private static InMemoryRole Role(PlanningEngine engine, int replicas, int capWatts, GpuPowerLimits? limits) =>
        new() { GpusPerReplica = engine.Layout.Gpus, Replicas = replicas, CapWatts = capWatts, CapLimits = limits };
}
