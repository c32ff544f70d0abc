using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Compiled;
using PowerPlanner.Tests.Performance.Aic.Reference;

namespace PowerPlanner.Tests.Performance.Aic.Estimation;

/// <summary>What engines say of themselves in each mode, on the H200's tables.</summary>
internal sealed class EstimationModeTests
{
    private static readonly EngineLayout EightRanks = new(8);

    [Test]
    public async Task Without_the_option_an_engine_answers_from_measurements() =>
        Assert.That((await LoadAsync("Qwen/Qwen3-32B", EightRanks, mode: null)).EstimationMode, Is.EqualTo(AicEstimationMode.Silicon));

    [TestCase("Qwen/Qwen3-32B", 8, 1)]
    [TestCase("deepseek-ai/DeepSeek-V3", 8, 8)]
    public async Task Where_everything_is_measured_hybrid_changes_nothing(string model, int ranks, int experts)
    {
        var layout = new EngineLayout(ranks, 1, 1, 1, experts);
        var (silicon, hybrid) = (await LoadAsync(model, layout, AicEstimationMode.Silicon), await LoadAsync(model, layout, AicEstimationMode.Hybrid));

        Assert.That(hybrid.ContextOperations(3, 1500), Is.EqualTo(silicon.ContextOperations(3, 1500)));
        Assert.That(hybrid.GenerationOperations(3, 1500, 2), Is.EqualTo(silicon.GenerationOperations(3, 1500, 2)));
        Assert.That(hybrid.EstimateContext(3, 1500).Provenance, Is.EqualTo(silicon.EstimateContext(3, 1500).Provenance).And.Not.EqualTo(Provenance.Modelled));
    }

    [Test]
    public async Task One_estimated_part_makes_a_step_modelled_and_takes_its_share_of_the_coverage()
    {
        // Experts in nvfp4 were never measured on this hardware; attention and products were.
        var hybrid = await LoadAsync("Qwen/Qwen3-30B-A3B", new EngineLayout(4, 1, 1, 1, 4), AicEstimationMode.Hybrid, expertFormat: "nvfp4");

        var (step, operations) = (hybrid.EstimateContext(2, 1500), hybrid.ContextOperations(2, 1500));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(step.Provenance, Is.EqualTo(Provenance.Modelled));
            Assert.That(operations.Single(operation => operation.Name == "moe"), Has.Property("Provenance").EqualTo(Provenance.Modelled).And.Property("EnergyMillijoules").Zero);
            Assert.That(operations.Single(operation => operation.Name == "attention").Provenance, Is.Not.EqualTo(Provenance.Modelled));
            Assert.That(step.PowerCoverage, Is.EqualTo(operations.Where(operation => operation.EnergyMillijoules > 0).Sum(operation => operation.LatencyMs) / step.LatencyMs).Within(1e-12));
            Assert.That(step.PowerCoverage, Is.InRange(0.05, 0.95));
        }
    }

    [Test]
    public async Task What_silicon_lacks_hybrid_estimates()
    {
        var layout = new EngineLayout(4, 1, 1, 1, 4);

        Assert.That(
            async () => (await LoadAsync("Qwen/Qwen3-30B-A3B", layout, AicEstimationMode.Silicon, expertFormat: "nvfp4")).EstimateContext(2, 1500),
            Throws.TypeOf<NoPerformanceDataException>());
        Assert.That((await LoadAsync("Qwen/Qwen3-30B-A3B", layout, AicEstimationMode.Hybrid, expertFormat: "nvfp4")).EstimateContext(2, 1500).LatencyMs, Is.Positive);
    }

    [TestCase(AicEstimationMode.Empirical)]
    [TestCase(AicEstimationMode.SpeedOfLight)]
    public async Task Without_measurements_first_every_part_is_modelled_and_nothing_has_power(AicEstimationMode mode)
    {
        var engine = await LoadAsync("Qwen/Qwen3-32B", new EngineLayout(1), mode);

        var estimate = engine.EstimateStatic(2, 1500, 20);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((estimate.Context.Provenance, estimate.Generation.Provenance), Is.EqualTo((Provenance.Modelled, Provenance.Modelled)));
            Assert.That((estimate.Context.PowerCoverage, estimate.Generation.EnergyMillijoules, estimate.PowerWatts), Is.EqualTo((0.0, 0.0, 0.0)));
            Assert.That(engine.GenerationOperations(2, 1500, 20).Select(operation => operation.Provenance), Is.All.EqualTo(Provenance.Modelled));
        }
    }

    [TestCase(AicEstimationMode.Hybrid)]
    [TestCase(AicEstimationMode.Empirical)]
    [TestCase(AicEstimationMode.SpeedOfLight)]
    public async Task Hardware_without_a_rate_for_the_format_is_named_in_every_mode(AicEstimationMode mode)
    {
        var real = await Databases.H200Async();
        var database = new AicDatabase(real.Backend, real.Version, new MadeUpTables(
            real.Tables, real.System with { TensorCoreFlops = new Dictionary<TensorCoreFormat, double> { [TensorCoreFormat.BFloat16] = 312e12 } }));
        var evaluator = await CompiledEvaluator.CompileAsync(
            database, new OperationLists([new GemmOperation("gemm", GemmQuantization.Fp8Block, 4097, 4097, 1)], []), mode);

        Assert.That(
            () => evaluator.Context(new ContextShape(1, 17, 0)),
            Throws.TypeOf<MissingHardwareRateException>().With.Message.Contains("h200_sxm").And.Message.Contains("Fp8").And.Message.Contains("gemm"));
    }

    [Test]
    public void A_mode_that_is_none_is_refused_with_those_that_are() => Assert.That(
        () => LoadAsync("Qwen/Qwen3-32B", EightRanks, (AicEstimationMode)7),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("7").And.Message.Contains("Silicon, Hybrid, Empirical, SpeedOfLight"));

    [Test]
    public async Task Steps_allocate_nothing([Values] AicEstimationMode mode)
    {
        var model = new AicPerformanceModel(await LoadAsync("Qwen/Qwen3-32B", new EngineLayout(1), mode));
        var (prefill, decode) = (new PrefillQuery(1500, Batch: 3), new DecodeQuery(17, 1501));
        model.EstimatePrefill(prefill);
        model.EstimateDecode(decode);

        var before = GC.GetAllocatedBytesForCurrentThread();
        model.EstimatePrefill(prefill);
        model.EstimateDecode(decode);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public async Task A_sweep_equals_its_steps([Values] AicEstimationMode mode)
    {
        var model = new AicPerformanceModel(await LoadAsync("Qwen/Qwen3-32B", new EngineLayout(1), mode));
        var sweep = new StepEstimate[40];

        model.EstimateDecodeSweep(1501, sweep);

        for (var batch = 1; batch <= sweep.Length; batch++)
        {
            var step = model.EstimateDecode(new DecodeQuery(batch, 1501));
            Assert.That(sweep[batch - 1].LatencyMs, Is.EqualTo(step.LatencyMs).Within(1e-12).Percent);
            Assert.That(sweep[batch - 1].Provenance, Is.EqualTo(step.Provenance));
        }
    }

    private static async Task<AicEngine> LoadAsync(string model, EngineLayout layout, AicEstimationMode? mode, string? expertFormat = null) => await AicEngine.LoadAsync(
        await Databases.H200Async(),
        await ModelConfiguration.FindAsync(RealTables.ModelsDirectory, model),
        layout,
        mode is { } given ? new AicEngineOptions { EstimationMode = given, ExpertFormat = expertFormat } : null);
}
