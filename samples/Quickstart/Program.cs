// A fleet of H200 GPUs serves Llama 3.1 70B, prefill and decode apart, inside 30 kW. How many engines of each, under which power caps?
// And then: what does the controller do when traffic spikes, power is taken away and its commands are refused?
// Runs anywhere: no GPU, no data files. The performance numbers come from a roofline, that is from data sheets alone.

using PowerPlanner.Performance;
using PowerPlanner.Performance.Roofline;
using PowerPlanner.Planning;
using PowerPlanner.Power;
using Quickstart;

var view = new View(Console.Out);

// 1. What an engine does. A prefill engine spreads over 4 GPUs, a decode engine over 8.
var llama = TransformerShapes.Named("meta-llama/Meta-Llama-3.1-70B");
var h200 = GpuDataSheets.Named("h200_sxm");
var prefillLayout = new EngineLayout(tensorParallel: 4);
var decodeLayout = new EngineLayout(tensorParallel: 8);
var prefill = new PlanningEngine(new RooflinePerformanceModel(llama, h200, prefillLayout), prefillLayout);
var decode = new PlanningEngine(new RooflinePerformanceModel(llama, h200, decodeLayout), decodeLayout);

// 2. What the fleet must do and may use.
var caps = new GpuPowerLimits(minWatts: 200, maxWatts: 700);
var problem = new PlanningProblem
{
    Isl = 3000,
    Osl = 300,
    TtftTargetMs = 800,
    ItlTargetMs = 30,
    PrefillEngine = prefill,
    DecodeEngine = decode,
    Limits = new PlanningLimits { BudgetWatts = 30_000, GpuBudget = 64, PrefillCapLimits = caps, DecodeCapLimits = caps },
};
view.Say($"Llama 3.1 70B on H200: {problem.Isl} tokens in, {problem.Osl} out; first token within {problem.TtftTargetMs} ms, then one every {problem.ItlTargetMs} ms.");
view.Say($"Budget: {problem.Limits.BudgetWatts:N0} W and {problem.Limits.GpuBudget} GPUs. All of them at their nameplate power would draw {64 * h200.NameplateWatts:N0} W.");

// 3. The best plan: exact, over every batch, every count of replicas, every cap that the model asks for.
var planner = Planner.Prepare(problem);
var best = planner.Plan();
if (!best.IsFeasible)
{
    view.Say($"No plan: {best.Detail}");
    return 1;
}

view.Roles("The best plan", best.Plan);
view.Say($"It serves {best.Plan.ThroughputRequestsPerSecond:N1} requests/s at {best.Plan.TotalWatts:N0} W on {best.Plan.TotalGpus} GPUs; each GPU is held at its cap, so the fleet cannot exceed that.");
view.Say(planner.Explain(problem.Limits, problem.Corrections)!.Summary);

// 4. What each watt buys: the frontier within the same GPUs.
view.Frontier("What other budgets would buy", planner.Frontier(problem.Limits with { BudgetWatts = null }, problem.Corrections), problem.Limits.BudgetWatts.Value);

// 5. The budget falls. Planning again takes microseconds: the models have been asked already.
var falling = new[] { 30_000, 24_000, 18_000, 12_000, 6_000, 3_000 };
view.Budgets("When the facility takes power away", falling.Select(watts => ((long)watts, planner.Plan(problem.Limits with { BudgetWatts = watts }, problem.Corrections))));
view.Say("No plan ever passes its budget; where not even one engine of each role fits, the planner says so and names the least that would do.");

// 6. The same plan, alive: a controller on a simulated fleet, through forty minutes that a shift would not enjoy.
await ClosedLoop.RunAsync(problem, best.Plan, view);
return 0;
