using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Performance;
using PowerPlanner.Planning;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Chaos;

/// <summary>A deployment and a sequence of events, both from one seed.</summary>
internal sealed record ChaosCase
{
    private static readonly (ChaosAction Action, int Weight)[] Weights =
    [
        (ChaosAction.Tick, 40), (ChaosAction.CancelledTick, 8), (ChaosAction.Death, 7), (ChaosAction.ColdStart, 1), (ChaosAction.Replan, 4), (ChaosAction.Reset, 2),
        (ChaosAction.Budget, 8), (ChaosAction.Problem, 3), (ChaosAction.Model, 6), (ChaosAction.Fault, 14), (ChaosAction.NoMoreFaults, 2),
        (ChaosAction.ForeignReplicas, 3), (ChaosAction.ForeignScale, 2), (ChaosAction.ForeignCap, 2), (ChaosAction.HardwareRange, 2), (ChaosAction.GpusPerReplica, 1),
        (ChaosAction.HideRole, 1), (ChaosAction.HideCap, 1), (ChaosAction.Frontend, 3),
    ];

    private static readonly int TotalWeight = Weights.Sum(entry => entry.Weight);

    public required int Seed { get; init; }

    public required PlanningProblem Problem { get; init; }

    public required ControlOptions Options { get; init; }

    public required InMemoryFleetSetup Fleet { get; init; }

    public required ChaosModel Model { get; init; }

    public required TimeSpan LateBy { get; init; }

    /// <summary>Whether the actuator says that it fences caps by revision.</summary>
    public bool IsFenced => Seed % 2 == 0;

    public required ChaosStep[] Steps { get; init; }

    public static ChaosCase Of(int seed)
    {
        var random = new Random(seed);
        var model = new ChaosModel();
        var isAggregated = random.Next(4) == 0;
        int[] gpus = [random.Next(1, 3), random.Next(1, 3)];
        var nonGpu = random.Next(3) == 0 ? 30 : 0;
        var limits = random.Next(3) == 0 ? null : new GpuPowerLimits(200, 700);
        TimeSpan[] delays = [TimeSpan.Zero, TimeSpan.FromSeconds(70), TimeSpan.FromSeconds(190)];
        var start = delays[random.Next(3)];
        var drain = delays[random.Next(3)];
        var problem = new PlanningProblem
        {
            Mode = isAggregated ? DeploymentMode.Aggregated : DeploymentMode.Disaggregated,
            Isl = 1000,
            Osl = 200,
            TtftTargetMs = random.Next(5) == 0 ? 40.5 : 200.5,
            ItlTargetMs = 50,
            PrefillEngine = isAggregated ? null : new PlanningEngine(model, new EngineLayout(gpus[0])),
            DecodeEngine = isAggregated ? null : new PlanningEngine(model, new EngineLayout(gpus[1])),
            AggregatedEngine = isAggregated ? new PlanningEngine(model, new EngineLayout(gpus[0])) : null,
            Limits = new PlanningLimits { BudgetWatts = random.Next(8) == 0 ? null : random.Next(5, 60) * 100, GpuBudget = random.Next(3) == 0 ? random.Next(3, 12) : null },
            MinPrefillReplicas = random.Next(1, 3),
            MinDecodeReplicas = random.Next(1, 3),
            MaxReplicas = 6,
            Batches = BatchPolicy.Largest,
            PrefillFallbackCapWatts = 500,
            DecodeFallbackCapWatts = 400,
            NonGpuWattsPerGpu = nonGpu,
        };
        var options = new ControlOptions
        {
            ReoptimizeInterval = TimeSpan.FromSeconds(random.Next(4) * 100),
            DriftConsecutiveTicks = random.Next(1, 4),
            MaxConsecutiveFailures = random.Next(1, 4),
            HalfOpenAfter = random.Next(2) == 0 ? null : TimeSpan.FromSeconds(300),
            OverBudgetPolicy = (OverBudgetPolicy)random.Next(3),
            CapProbing = random.Next(4) == 0 ? CapProbing.On : CapProbing.Off,
            PowerLimitedBand = random.Next(5) == 0 ? 0 : 0.02,
            AdmissionMode = random.Next(3) == 0 ? AdmissionMode.Off : AdmissionMode.Autoset,
            Advisory = random.Next(20) == 0,
            SweepTimeout = TimeSpan.FromSeconds(5),
        };
        return new ChaosCase
        {
            Seed = seed,
            Model = model,
            Problem = problem,
            Options = options,
            LateBy = TimeSpan.FromSeconds(random.Next(3) * 80),
            Fleet = new InMemoryFleetSetup
            {
                Prefill = isAggregated ? null : Role(0),
                Decode = isAggregated ? null : Role(1),
                Aggregated = isAggregated ? Role(0) : null,
                NonGpuWattsPerGpu = nonGpu,
                Frontends = random.Next(5) == 0 ? [] : ["f1", "f2"],
            },
            Steps = [.. Enumerable.Range(0, random.Next(5, 31)).Select(_ => Step(random))],
        };

        InMemoryRole Role(int index) => new()
        {
            GpusPerReplica = gpus[index],
            Replicas = random.Next(2) == 0 ? 0 : random.Next(4),
            CapWatts = random.Next(2, 8) * 100,
            CapLimits = limits,
            StartDelay = start,
            DrainDelay = drain,
        };
    }

    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"""
        seed {Seed}: {Problem.Mode}, budget {Problem.Limits.BudgetWatts} W, {Problem.Limits.GpuBudget} GPUs, minima {Problem.MinPrefillReplicas}/{Problem.MinDecodeReplicas}, {Options.OverBudgetPolicy}, {(Options.Advisory ? "advisory, " : "")}admission {Options.AdmissionMode}, probing {Options.CapProbing}{(IsFenced ? ", fenced" : "")}
        fleet: {Fleet.Prefill} {Fleet.Decode} {Fleet.Aggregated}; late effects after {LateBy}
        {string.Join(Environment.NewLine, Steps)}
        """);

    private static ChaosStep Step(Random random)
    {
        var pick = random.Next(TotalWeight);
        var action = ChaosAction.Tick;
        foreach (var (candidate, weight) in Weights)
        {
            pick -= weight;
            if (pick < 0)
            {
                action = candidate;
                break;
            }
        }

        return new ChaosStep(action, random.Next(1000), random.Next(1000), random.Next(1000));
    }
}
