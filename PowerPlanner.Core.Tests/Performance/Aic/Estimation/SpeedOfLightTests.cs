using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Reference;

namespace PowerPlanner.Tests.Performance.Aic.Estimation;

/// <summary>Engines at the speed of light: numbers by hand from the H200's rates (989 TFLOP/s in 16 bits, 4.8 TB/s, 450 GB/s between GPUs).</summary>
internal sealed class SpeedOfLightTests
{
    private const double Tolerance = 1e-12;

    [Test]
    public async Task Memory_bound_work_moves_its_bytes_at_the_full_bandwidth_and_starts_at_once() =>
        Assert.That(
            (await ContextAsync(new ElementwiseOperation("norm", 5120, 5120, 1), new ContextShape(1, 1024, 0))).LatencyMs,
            Is.EqualTo(1000 * 20_971_520.0 / 4.8e12).Within(Tolerance).Percent);

    [Test]
    public async Task An_all_reduce_moves_its_message_twice_but_for_the_rank_s_own_share() =>
        Assert.That(
            (await ContextAsync(new AllReduceOperation("ar", 5120, 8, 1), new ContextShape(1, 1000, 0))).LatencyMs,
            Is.EqualTo(1000 * 2 * 2 * 5_120_000.0 * 7 / 8 / 450e9).Within(Tolerance).Percent);

    [Test]
    public async Task Attention_behind_a_prefix_costs_its_new_tokens_alone()
    {
        // 8 heads of 128, 1 KV head: 100 tokens behind 900, compute 2 · (1000² − 900²) · 8 · 128 operations, bytes 4 · 8 · 100 · 128 + 2 · 2 · 1000 · 128.
        var operation = new ContextAttentionOperation("attention", 8, 1, 128, 0, QkNorm: false, AttentionQuantization.BFloat16, KvCacheQuantization.BFloat16, 1);
        var extras = 1.1 * 1000 / 4.8e12 * ((2 * ((2 * 1024) + (2 * 128))) + (2 * 2 * 128));

        Assert.That(
            (await ContextAsync(operation, new ContextShape(1, 100, 900))).LatencyMs - extras,
            Is.EqualTo(1000 * Math.Max(2 * 190_000.0 * 1024 / 989e12, ((4 * 1024 * 100) + (4 * 128 * 1000)) / 4.8e12)).Within(1e-9).Percent);
    }

    [Test]
    public async Task A_window_narrower_than_the_sequence_bounds_what_a_token_looks_at()
    {
        var operation = new ContextAttentionOperation("attention", 64, 8, 128, 128, QkNorm: false, AttentionQuantization.BFloat16, KvCacheQuantization.BFloat16, 1);
        var extras = 1.1 * 1000 / 4.8e12 * ((2 * ((2 * 8192) + (2 * 1024))) + (2 * 2 * 1024));

        Assert.That(
            (await ContextAsync(operation, new ContextShape(1, 4096, 0))).LatencyMs - extras,
            Is.EqualTo(1000 * Math.Max(2 * 4096.0 * 128 * 8192 * 2 / 989e12, ((4 * 8192.0 * 4096) + (4 * 1024.0 * 4096)) / 4.8e12)).Within(1e-9).Percent);
    }

    [Test]
    public async Task Static_scales_leave_the_product_at_its_own_bound() =>
        Assert.That(
            (await ContextAsync(new GemmOperation("gemm", GemmQuantization.Fp8Static, 4096, 4096, 1, LowPrecisionInput: true), new ContextShape(1, 4096, 0))).LatencyMs,
            Is.EqualTo(1000 * 2 * Math.Pow(4096, 3) / 1978e12).Within(Tolerance).Percent);

    [Test]
    public async Task A_step_is_labelled_as_modelled_and_has_no_power()
    {
        var engine = await AicEngineAsync("Qwen/Qwen3-32B", new EngineLayout(8));

        var estimate = engine.EstimateContext(1, 1024);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(engine.EstimationMode, Is.EqualTo(AicEstimationMode.SpeedOfLight));
            Assert.That((estimate.Provenance, estimate.EnergyMillijoules, estimate.PowerCoverage, estimate.ActivePowerWatts), Is.EqualTo((Provenance.Modelled, 0.0, 0.0, (double?)null)));
            Assert.That(engine.ContextOperations(1, 1024).Select(operation => operation.Provenance), Is.All.EqualTo(Provenance.Modelled));
            Assert.That(new AicPerformanceModel(engine).EstimateDecode(new DecodeQuery(8, 1024)).Provenance, Is.EqualTo(Provenance.Modelled));
        }
    }

    [TestCase("Qwen/Qwen3-32B", 8, 1)]
    [TestCase("Qwen/Qwen3-235B-A22B", 8, 8)]
    public async Task No_measurement_beats_light(string model, int ranks, int experts)
    {
        var layout = new EngineLayout(ranks, 1, 1, 1, experts);
        var light = await AicEngineAsync(model, layout);
        var silicon = await AicEngineAsync(model, layout, AicEstimationMode.Silicon);

        foreach (var batch in new[] { 1, 7, 64 })
        {
            Assert.That(light.EstimateContext(batch, 1500).LatencyMs, Is.LessThan(silicon.EstimateContext(batch, 1500).LatencyMs));
            Assert.That(light.EstimateDecodeStep(batch, 1500).LatencyMs, Is.LessThan(silicon.EstimateDecodeStep(batch, 1500).LatencyMs));
        }
    }

    [Test]
    public async Task Steps_allocate_nothing()
    {
        var engine = new AicPerformanceModel(await AicEngineAsync("deepseek-ai/DeepSeek-V3", new EngineLayout(8, 1, 1, 1, 8)));
        var (prefill, decode) = (new PrefillQuery(1500, Batch: 3), new DecodeQuery(17, 1501));
        engine.EstimatePrefill(prefill);
        engine.EstimateDecode(decode);

        var before = GC.GetAllocatedBytesForCurrentThread();
        engine.EstimatePrefill(prefill);
        engine.EstimateDecode(decode);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static async Task<OperationCost> ContextAsync(Operation operation, ContextShape shape) =>
        (await CompiledEvaluator.CompileAsync(await Databases.H200Async(), new OperationLists([operation], []), AicEstimationMode.SpeedOfLight)).Context(shape);

    private static async Task<AicEngine> AicEngineAsync(string model, EngineLayout layout, AicEstimationMode mode = AicEstimationMode.SpeedOfLight) =>
        await AicEngine.LoadAsync(
            await Databases.H200Async(), await ModelConfiguration.FindAsync(RealTables.ModelsDirectory, model), layout, new AicEngineOptions { EstimationMode = mode });
}
