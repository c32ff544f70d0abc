using PowerPlanner.Performance;
using PowerPlanner.Planning;

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
