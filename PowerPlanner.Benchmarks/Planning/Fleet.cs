using PowerPlanner.Performance;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Benchmarks.Planning;

/// <summary>The fleet that all planning benchmarks size: eight-GPU engines, 200 kW, ISL 1000 and OSL 200, 3000 decode batches.</summary>
internal static class Fleet
{
    public static PlanningProblem Problem(BatchPolicy batches = BatchPolicy.All, IPerformanceModel? model = null) => new()
    {
        Isl = 1000,
        Osl = 200,
        TtftTargetMs = 200,
        ItlTargetMs = 50,
        PrefillEngine = new PlanningEngine(model ?? new CurveModel(), new EngineLayout(8)),
        DecodeEngine = new PlanningEngine(model ?? new CurveModel(), new EngineLayout(8)),
        Limits = new PlanningLimits { BudgetWatts = 200_000, GpuBudget = 512 },
        Batches = batches,
    };

    /// <summary>The same with caps from 200 W, the lowest that power scaling answers for, in steps up to each point's draw (603 W of prefill, 260 to 613 W of decode).</summary>
    public static PlanningProblem WithCaps(int stepWatts, int? maxBatch = null)
    {
        var range = new GpuPowerLimits(200, 700);
        var problem = Problem();
        return problem with
        {
            MaxBatch = maxBatch,
            CapGrid = new CapGrid { StepWatts = stepWatts },
            Limits = problem.Limits with { PrefillCapLimits = range, DecodeCapLimits = range },
        };
    }

    /// <summary>Corrections that differ from call to call.</summary>
    public static Corrections Drifted(int turn)
    {
        var c = 1 + (0.002 * (turn % 64));
        return new Corrections(c, c, c, c, c);
    }

    public static PlanningLimits OtherBudget(PlanningProblem problem, int turn) => problem.Limits with { BudgetWatts = 100_000 + (1000 * (turn % 64)) };

    public static void CheckAgainstCapEnumeration(PlanningProblem problem)
    {
        var plain = PlainCapEnumeration.Throughput(problem, problem.Limits, problem.Corrections);
        var plan = Planner.Plan(problem).Plan ?? throw new InvalidOperationException("The benchmark's problem has no plan.");
        if (Math.Abs(plain - plan.ThroughputRequestsPerSecond) > 1e-12 * plain)
        {
            throw new InvalidOperationException($"Enumeration serves {plain} requests/s, the planner {plan.ThroughputRequestsPerSecond}.");
        }
    }

    /// <summary>A ratio means something only where both sides find the same plan.</summary>
    public static void CheckAgainstEnumeration(PlanningProblem problem)
    {
        var plain = PlainEnumeration.Plan(problem, problem.Limits, problem.Corrections);
        var plan = Planner.Plan(problem).Plan ?? throw new InvalidOperationException("The benchmark's problem has no plan.");
        if (Math.Abs(plain.Throughput - plan.ThroughputRequestsPerSecond) > 1e-12 * plain.Throughput)
        {
            throw new InvalidOperationException($"Enumeration serves {plain.Throughput} requests/s, the planner {plan.ThroughputRequestsPerSecond}.");
        }
    }
}
