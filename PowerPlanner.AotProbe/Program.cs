// A native-AOT program over the whole library: a plan on the roofline model, and, where AIC's tables are at hand
// (AIC_SYSTEMS_DIR), an estimate from them. It fails where native code would answer otherwise than the tests expect.
using System.Globalization;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Roofline;
using PowerPlanner.Planning;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var layout = new EngineLayout(tensorParallel: 8);
var roofline = new RooflinePerformanceModel(TransformerShapes.Named("Qwen/Qwen3-32B"), GpuDataSheets.Named("h200_sxm"), layout);
var planned = Planner.Plan(new PlanningProblem
{
    Isl = 1024,
    Osl = 200,
    PrefillEngine = new PlanningEngine(roofline, layout),
    DecodeEngine = new PlanningEngine(roofline, layout),
    Limits = new PlanningLimits { BudgetWatts = 40_000, GpuBudget = 64 },
});
if (planned.Plan is not { } plan || plan.TotalWatts > 40_000 || plan.TotalGpus > 64)
{
    Console.Error.WriteLine($"No plan within its limits: {planned.Reason} {planned.Detail}");
    return 1;
}

Console.WriteLine($"roofline: {plan.PrefillReplicas} + {plan.DecodeReplicas} replicas, {plan.TotalWatts} W, {plan.ThroughputRequestsPerSecond:F1} requests/s");

var systems = Environment.GetEnvironmentVariable("AIC_SYSTEMS_DIR") ?? Path.Combine("..", "shared", "aic", "systems");
if (!Directory.Exists(systems))
{
    Console.WriteLine("tables: none at hand (AIC_SYSTEMS_DIR)");
    return 0;
}

var database = await AicDatabase.OpenAsync(systems, "h200_sxm", AicBackend.Vllm, "0.22.0");
var model = await ModelConfiguration.FindAsync(Path.Combine(systems, "..", "model_configs"), "Qwen/Qwen3-32B");
var engine = await AicEngine.LoadAsync(database, model, layout);
var context = engine.EstimateContext(batch: 1, isl: 1024);
Console.WriteLine($"tables: context {context.LatencyMs:F3} ms, {context.PowerWatts:F1} W");

// AIC's own answers for this point, as published with its reference case.
return Math.Abs(context.LatencyMs - 26.224) < 0.001 && Math.Abs((context.PowerWatts ?? 0) - 326.31) < 0.01 ? 0 : 1;
