using System.Globalization;
using PowerPlanner.Benchmarks.Performance.Aic;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Benchmarks.Planning;

/// <summary>
/// <c>-- caps</c>: what choosing caps brings, on the H200's tables, as Markdown: the plan with caps as a dimension over the one with all GPUs capped at their nameplate
/// power, and over the reference's choice (largest batch, decode first, caps from predicted power).
/// </summary>
internal static class CapsTable
{
    private static readonly (string Model, string File, int TensorParallel)[] Fleets =
    [
        ("Qwen3-32B", "Qwen--Qwen3-32B_config.json", 2),
        ("Llama-3.1-70B", "meta-llama--Meta-Llama-3.1-70B_config.json", 4),
    ];

    private static readonly long[] Budgets = [6_000, 9_000, 12_000, 18_000, 24_000];

    public static bool IsAsked(string[] args) => args is ["caps"];

    public static async Task RunAsync()
    {
        Console.WriteLine("| model, engine | budget W | all at 700 W | reference | caps predicted | caps swept | caps P/D, W | over 700 W | over reference |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var (name, file, tensorParallel) in Fleets)
        {
            var model = await ModelConfiguration.LoadAsync(Path.Combine(Dense.SystemsDirectory, "..", "model_configs", file));
            var layout = new EngineLayout(tensorParallel);
            var engine = new PlanningEngine(new AicPerformanceModel(await AicEngine.LoadAsync(await Dense.OpenAsync(), model, layout)), layout);
            var problem = new PlanningProblem
            {
                Isl = 3000,
                Osl = 300,
                TtftTargetMs = 1000,
                ItlTargetMs = 100,
                PrefillEngine = engine,
                DecodeEngine = engine,
                Limits = new PlanningLimits { GpuBudget = 64, PrefillCapLimits = new GpuPowerLimits(200, 700), DecodeCapLimits = new GpuPowerLimits(200, 700) },
            };
            foreach (var budget in Budgets)
            {
                PrintRow($"{name}, tp {tensorParallel}", problem with { Limits = problem.Limits with { BudgetWatts = budget } }, budget);
            }
        }
    }

    private static void PrintRow(string name, PlanningProblem problem, long budget)
    {
        // No step is wholly covered by power data (collectives have none): all power counts as unknown, and unknown means nameplate.
        var nameplate = Planner.Plan(problem with { MinimumPowerCoverage = 1 }).Plan;
        if (nameplate is { } plan && (plan.PrefillCapWatts != 700 || plan.DecodeCapWatts != 700))
        {
            throw new InvalidOperationException($"The plan at nameplate power caps at {plan.PrefillCapWatts} and {plan.DecodeCapWatts} W.");
        }

        var reference = Planner.Plan(problem with { ReplicaPolicy = ReplicaPolicy.DecodeFirst, Batches = BatchPolicy.Largest });
        var predicted = Planner.Plan(problem).Plan;
        var swept = Planner.Plan(problem with { CapGrid = new CapGrid() }).Plan;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {budget:N0} | {Rate(nameplate)} | {(reference.Reason is { } reason ? reason.ToString() : Rate(reference.Plan))} | {Rate(predicted)} | {Rate(swept)} | {swept?.PrefillCapWatts} / {swept?.DecodeCapWatts} | {Over(swept, nameplate)} | {Over(swept, reference.Plan)} |"));
    }

    private static string Rate(PowerPlan? plan) => plan is null ? "-" : plan.ThroughputRequestsPerSecond.ToString("F2", CultureInfo.InvariantCulture);

    private static string Over(PowerPlan? plan, PowerPlan? other) =>
        plan is null || other is null ? "-" : (plan.ThroughputRequestsPerSecond / other.ThroughputRequestsPerSecond).ToString("F2", CultureInfo.InvariantCulture) + " ×";
}
