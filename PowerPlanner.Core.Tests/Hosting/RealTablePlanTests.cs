using System.Globalization;
using PowerPlanner.Hosting;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Tests.Planning;

namespace PowerPlanner.Tests.Hosting;

/// <summary>From options to a plan with the H200's real tables: Qwen3-32B, vLLM 0.22.0. Skipped where the tables are missing.</summary>
internal sealed class RealTablePlanTests
{
    private const int MaxReplicas = 8;

    private PerformanceModelBuilder _models = null!;

    [OneTimeSetUp]
    public void OpenCatalog() => _models = new PerformanceModelBuilder(new AicCatalog(RealTables.SystemsDirectory, RealTables.ModelsDirectory));

    [Test]
    public async Task The_plan_is_the_one_that_enumerating_all_points_finds(
        [Values(4, 8)] int prefillTp,
        [Values(4, 8)] int decodeTp,
        [Values] PlanningObjective objective,
        [Values(null, 450)] int? chargeFloorWatts)
    {
        var options = Options(prefillTp, decodeTp);
        options.Objective = objective;
        options.ElectricityPricePerKwh = 0.2;
        options.TargetRequestsPerSecond = objective == PlanningObjective.LeastPower ? 20 : null;
        var created = await PlanningProblemFactory.CreateAsync(options, _models);
        var problem = created with { Limits = created.Limits with { PrefillChargeFloorWatts = chargeFloorWatts, DecodeChargeFloorWatts = chargeFloorWatts } };

        var result = Planner.Plan(problem);

        Assert.That(result.IsFeasible, result.Detail);
        TestContext.Out.WriteLine(Describe(result.Plan!));
        Assert.That(ExactSearchTests.Broken(problem, result.Plan!), Is.Null);
        Assert.That(ExactSearchTests.Difference(BruteForcePlanner.Plan(Tabulated(problem)), result), Is.Null);
    }

    [TestCase(null, AicEstimationMode.Silicon)]
    [TestCase(AicEstimationMode.Hybrid, AicEstimationMode.Hybrid)]
    [TestCase(AicEstimationMode.SpeedOfLight, AicEstimationMode.SpeedOfLight)]
    public async Task The_engine_estimates_as_the_options_ask_whatever_was_built_before(AicEstimationMode? asked, AicEstimationMode expected)
    {
        var performance = Options(prefillTp: 8, decodeTp: 8).Performance!;
        performance.EstimationMode = asked;

        var model = (AicPerformanceModel)await _models.BuildAsync(performance, new EngineLayout(8));

        Assert.That(model.Engine.EstimationMode, Is.EqualTo(expected));
    }

    [Test]
    public async Task Aggregated_engines_keep_every_constraint([Values(4, 8)] int tp)
    {
        var options = Options(tp, tp);
        options.Mode = DeploymentMode.Aggregated;
        options.AggEngine = options.DecodeEngine;
        options.PrefillEngine = null;
        options.DecodeEngine = null;
        var problem = await PlanningProblemFactory.CreateAsync(options, _models);

        var result = Planner.Plan(problem);

        Assert.That(result.IsFeasible, result.Detail);
        TestContext.Out.WriteLine(Describe(result.Plan!));
        Assert.That(ExactSearchTests.Broken(problem, result.Plan!), Is.Null);
    }

    [Test]
    public async Task A_budget_one_watt_short_of_the_fewest_replicas_is_infeasible_and_says_how_much_is_needed()
    {
        var options = Options(prefillTp: 4, decodeTp: 8);
        options.TotalGpuPowerLimitWatts = 1000;
        var short1000 = Planner.Plan(await PlanningProblemFactory.CreateAsync(options, _models));
        Assert.That(short1000.Reason, Is.EqualTo(InfeasibleReason.PowerBudgetInfeasible));

        var needed = (int)short1000.MinimumBudgetWatts!.Value;
        options.TotalGpuPowerLimitWatts = needed - 1;
        var oneShort = Planner.Plan(await PlanningProblemFactory.CreateAsync(options, _models));
        options.TotalGpuPowerLimitWatts = needed;
        var enough = Planner.Plan(await PlanningProblemFactory.CreateAsync(options, _models));

        Assert.That((oneShort.Reason, oneShort.MinimumBudgetWatts), Is.EqualTo((InfeasibleReason.PowerBudgetInfeasible, (long?)needed)));
        Assert.That(enough.Plan?.TotalWatts, Is.EqualTo(needed));
    }

    private static PowerPlannerOptions Options(int prefillTp, int decodeTp) => new()
    {
        Isl = 1024,
        Osl = 200,
        TtftMs = 200,
        ItlMs = 30,
        TotalGpuPowerLimitWatts = 12_000,
        MaxGpuBudget = 64,
        MaxReplicas = MaxReplicas,
        GpuLimits = new GpuLimitsOptions { MinWatts = 200, MaxWatts = 700 },
        PrefillEngine = new EngineOptions { Tp = prefillTp },
        DecodeEngine = new EngineOptions { Tp = decodeTp },
        Performance = OptionSamples.Aic(),
    };

    /// <summary>The same problem around tables of all that its models answer, one question at a time.</summary>
    private static PlanningProblem Tabulated(PlanningProblem problem) => problem with
    {
        PrefillEngine = problem.PrefillEngine! with { Model = Tabulated(problem, problem.PrefillEngine.Model, batches: 1) },
        DecodeEngine = problem.DecodeEngine! with { Model = Tabulated(problem, problem.DecodeEngine.Model, (int)(problem.DecodeEngine.Model.KvCapacityTokens / (problem.Isl + problem.Osl))) },
    };

    private static TablePerformanceModel Tabulated(PlanningProblem problem, IPerformanceModel model, int batches)
    {
        var prefill = model.EstimatePrefill(new PrefillQuery(problem.Isl));
        var decode = new List<TableDecodePoint>(batches);
        for (var batch = 1; batch <= batches; batch++)
        {
            try
            {
                var step = model.EstimateDecode(new DecodeQuery(batch, problem.Isl + (problem.Osl / 2) + 1));
                decode.Add(new TableDecodePoint(batch, step.LatencyMs, Known(problem, step)));
            }
            catch (NoPerformanceDataException)
            {
                // No such operating point.
            }
        }

        return new TablePerformanceModel([new TablePrefillPoint(prefill.LatencyMs, Known(problem, prefill))], decode, model.KvCapacityTokens, model.NameplateWatts);
    }

    private static double? Known(PlanningProblem problem, in StepEstimate step) => step.PowerCoverage >= problem.MinimumPowerCoverage ? step.ActivePowerWatts : null;

    private static string Describe(PowerPlan plan) => string.Create(
        CultureInfo.InvariantCulture,
        $"{plan.PrefillReplicas} + {plan.DecodeReplicas}, {plan.PrefillCapWatts} W / {plan.DecodeCapWatts} W, batch {plan.DecodeBatch}, {plan.ThroughputRequestsPerSecond:F2} requests/s, {plan.TotalWatts} W, TTFT {plan.TtftMs:F1} ms, ITL {plan.ItlMs:F1} ms");
}
