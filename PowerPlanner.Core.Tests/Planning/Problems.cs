using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Planning;

/// <summary>The common inputs of the reference planner's own tests.</summary>
internal static class Problems
{
    /// <summary>ISL 1000, OSL 200, eight-GPU engines, 50 ms and 10 ms, 400 W and 300 W, 8000 W and 32 GPUs; ideal utilization, largest batch.</summary>
    public static PlanningProblem Unit(double? prefillWatts = 400, double? decodeWatts = 300, long kvTokens = 50_000, double ttftMs = 50, double itlMs = 10) => new()
    {
        Isl = 1000,
        Osl = 200,
        TtftTargetMs = 200,
        ItlTargetMs = 50,
        PrefillEngine = new PlanningEngine(new FixedPerformanceModel(ttftMs, itlMs, kvTokens, prefillWatts, decodeWatts), new EngineLayout(8)),
        DecodeEngine = new PlanningEngine(new FixedPerformanceModel(ttftMs, itlMs, kvTokens, prefillWatts, decodeWatts), new EngineLayout(8)),
        NameplateWatts = 700,
        PrefillFallbackCapWatts = 700,
        DecodeFallbackCapWatts = 700,
        Limits = new PlanningLimits { BudgetWatts = 8000, GpuBudget = 32 },
        Batches = BatchPolicy.Largest,
        PrefillUtilization = 1,
        DecodeUtilization = 1,
    };

    /// <summary>The simulation set: ISL 1024, OSL 200, 64 GPUs, at one of three power levels.</summary>
    public static PlanningProblem Simulation(string level, long budgetWatts)
    {
        var (prefillWatts, decodeWatts, ttftMs, itlMs) = level switch
        {
            "high" => (603.0, 558.0, 50.0, 10.0),
            "med" => (452.25, 418.5, 57.0, 11.4),
            _ => (301.5, 279.0, 70.0, 13.0),
        };
        return Unit(prefillWatts, decodeWatts, 50_000, ttftMs, itlMs) with
        {
            Isl = 1024,
            Limits = new PlanningLimits { BudgetWatts = budgetWatts, GpuBudget = 64 },
        };
    }

    /// <summary>The same engine for both phases.</summary>
    public static PlanningProblem Aggregated(this PlanningProblem problem) => problem with
    {
        Mode = DeploymentMode.Aggregated,
        AggregatedEngine = problem.DecodeEngine,
        PrefillEngine = null,
        DecodeEngine = null,
    };

    /// <summary>Other points in the same deployment.</summary>
    public static PlanningProblem WithModel(this PlanningProblem problem, IPerformanceModel model) => problem with
    {
        PrefillEngine = problem.PrefillEngine is { } prefill ? prefill with { Model = model } : null,
        DecodeEngine = problem.DecodeEngine is { } decode ? decode with { Model = model } : null,
        AggregatedEngine = problem.AggregatedEngine is { } engine ? engine with { Model = model } : null,
    };

    public static PowerPlan Feasible(PlanningProblem problem)
    {
        var result = Planner.Plan(problem);
        Assert.That(result.IsFeasible, result.Detail);
        return result.Plan!;
    }
}
