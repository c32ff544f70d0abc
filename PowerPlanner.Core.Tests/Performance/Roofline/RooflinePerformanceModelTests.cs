using CsCheck;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Roofline;

namespace PowerPlanner.Tests.Performance.Roofline;

internal sealed class RooflinePerformanceModelTests
{
    private static readonly RooflinePerformanceModel Qwen32BOnH200 = Model("Qwen/Qwen3-32B", "h200_sxm", 8);

    private static readonly Gen<RooflinePerformanceModel> GenModel = Gen.Select(
        Gen.Int[0, TransformerShapes.All.Length - 1],
        Gen.Int[0, GpuDataSheets.All.Length - 1],
        Gen.Int[0, 4],
        Gen.Int[1, 2],
        (shape, gpu, logTensorParallel, pipelineParallel) =>
            new RooflinePerformanceModel(TransformerShapes.All[shape], GpuDataSheets.All[gpu], new EngineLayout(1 << logTensorParallel, pipelineParallel)));

    [Test]
    public void A_prefill_of_1024_tokens_is_near_the_estimate_from_measured_tables()
    {
        // AIC, Qwen3-32B, tp 8, eight H200, vLLM 0.22.0: 26.224 ms from tables. A roofline is allowed a fifth.
        var estimate = Qwen32BOnH200.EstimatePrefill(new PrefillQuery(1024));

        Assert.That(estimate.LatencyMs, Is.EqualTo(26.224).Within(20).Percent);
    }

    [Test]
    public void A_decode_step_is_near_the_estimate_from_measured_tables()
    {
        // The same engine: 4.757 ms at 1,025 tokens.
        var estimate = Qwen32BOnH200.EstimateDecode(new DecodeQuery(1, 1025));

        Assert.That(estimate.LatencyMs, Is.EqualTo(4.757).Within(20).Percent);
    }

    [Test]
    public void The_cache_is_near_the_one_that_measured_memory_gives()
    {
        // AIC: 3,853,002 tokens at a usable share of 0.92, here 0.9.
        Assert.That(Qwen32BOnH200.KvCapacityTokens, Is.EqualTo(3_853_002).Within(10).Percent);
    }

    [Test]
    public void A_longer_input_is_never_faster() => Gen.Select(GenModel, Gen.Int[1, 200_000], Gen.Int[1, 5_000], Gen.Int[1, 64], Gen.Double[0, 1]).Holds(
        (model, isl, more, batch, cached) =>
        {
            var prefix = (int)(cached * (isl - 1));
            return model.EstimatePrefill(new PrefillQuery(isl, prefix, batch)).LatencyMs <= model.EstimatePrefill(new PrefillQuery(isl + more, prefix, batch)).LatencyMs;
        },
        iter: 20_000);

    [Test]
    public void A_larger_prefill_batch_is_never_faster() => Gen.Select(GenModel, Gen.Int[1, 100_000], Gen.Int[1, 500], Gen.Int[1, 500]).Holds(
        (model, isl, batch, more) =>
            model.EstimatePrefill(new PrefillQuery(isl, 0, batch)).LatencyMs <= model.EstimatePrefill(new PrefillQuery(isl, 0, batch + more)).LatencyMs,
        iter: 20_000);

    [Test]
    public void A_larger_decode_batch_is_never_faster() => Gen.Select(GenModel, Gen.Int[1, 4_000], Gen.Int[1, 4_000], Gen.Int[1, 200_000]).Holds(
        (model, batch, more, context) =>
            model.EstimateDecode(new DecodeQuery(batch, context)).LatencyMs <= model.EstimateDecode(new DecodeQuery(batch + more, context)).LatencyMs,
        iter: 20_000);

    [Test]
    public void A_longer_context_is_never_faster() => Gen.Select(GenModel, Gen.Int[1, 4_000], Gen.Int[1, 200_000], Gen.Int[1, 200_000]).Holds(
        (model, batch, context, more) =>
            model.EstimateDecode(new DecodeQuery(batch, context)).LatencyMs <= model.EstimateDecode(new DecodeQuery(batch, context + more)).LatencyMs,
        iter: 20_000);

    [Test]
    public void A_cached_prefix_is_never_slower() => Gen.Select(GenModel, Gen.Int[2, 100_000], Gen.Double[0, 1], Gen.Int[1, 16]).Holds(
        (model, isl, cached, batch) =>
            model.EstimatePrefill(new PrefillQuery(isl, (int)(cached * (isl - 1)), batch)).LatencyMs <= model.EstimatePrefill(new PrefillQuery(isl, 0, batch)).LatencyMs,
        iter: 20_000);

    [Test]
    public void Draw_lies_between_the_static_share_and_the_nameplate() => Gen.Select(GenModel, Gen.Int[1, 100_000], Gen.Int[1, 2_000]).Holds(
        (model, length, batch) =>
        {
            var nameplate = model.NameplateWatts!.Value;
            bool IsPossible(StepEstimate estimate) =>
                estimate.ActivePowerWatts >= 0.27 * nameplate && estimate.ActivePowerWatts <= nameplate * (1 + 1e-12) && estimate.PowerCoverage == 1 && estimate.Provenance == Provenance.Modelled;

            return IsPossible(model.EstimatePrefill(new PrefillQuery(length))) && IsPossible(model.EstimateDecode(new DecodeQuery(batch, length)));
        },
        iter: 20_000);

    [Test]
    public void Prefill_draws_more_than_a_small_decode_batch()
    {
        Assert.That(
            Qwen32BOnH200.EstimatePrefill(new PrefillQuery(8192)).ActivePowerWatts,
            Is.GreaterThan(Qwen32BOnH200.EstimateDecode(new DecodeQuery(8, 1125)).ActivePowerWatts!.Value));
    }

    [Test]
    public void Prefill_is_bound_by_compute_and_decode_by_memory()
    {
        var layout = new EngineLayout(1);
        var shape = TransformerShapes.Named("meta-llama/Meta-Llama-3.1-8B");
        var gpu = GpuDataSheets.Named("h200_sxm");
        var stronger = new RooflinePerformanceModel(shape, gpu with { Bfloat16FlopsPerSecond = 2 * gpu.Bfloat16FlopsPerSecond }, layout);
        var wider = new RooflinePerformanceModel(shape, gpu with { MemoryBytesPerSecond = 2 * gpu.MemoryBytesPerSecond }, layout);
        var plain = new RooflinePerformanceModel(shape, gpu, layout);

        Assert.Multiple(() =>
        {
            Assert.That(stronger.EstimatePrefill(new(8192)).LatencyMs, Is.LessThan(0.65 * plain.EstimatePrefill(new(8192)).LatencyMs));
            Assert.That(wider.EstimatePrefill(new(8192)).LatencyMs, Is.GreaterThan(0.85 * plain.EstimatePrefill(new(8192)).LatencyMs));
            Assert.That(wider.EstimateDecode(new(8, 1024)).LatencyMs, Is.LessThan(0.65 * plain.EstimateDecode(new(8, 1024)).LatencyMs));
            Assert.That(stronger.EstimateDecode(new(8, 1024)).LatencyMs, Is.EqualTo(plain.EstimateDecode(new(8, 1024)).LatencyMs));
        });
    }

    [Test]
    public void Tensor_parallelism_across_nodes_pays_for_the_slower_link()
    {
        var shape = TransformerShapes.Named("meta-llama/Meta-Llama-3.1-70B");
        var gpu = GpuDataSheets.Named("h100_sxm");
        var inside = new RooflinePerformanceModel(shape, gpu with { GpusPerNode = 16 }, new EngineLayout(16));
        var across = new RooflinePerformanceModel(shape, gpu, new EngineLayout(16));

        Assert.That(across.EstimatePrefill(new(4096)).LatencyMs, Is.GreaterThan(1.5 * inside.EstimatePrefill(new(4096)).LatencyMs));
    }

    [Test]
    public void A_sweep_is_the_same_as_its_parts()
    {
        var estimates = new StepEstimate[300];

        Qwen32BOnH200.EstimateDecodeSweep(1125, estimates);

        Assert.That(estimates, Is.EqualTo(Enumerable.Range(1, 300).Select(batch => Qwen32BOnH200.EstimateDecode(new DecodeQuery(batch, 1125)))));
    }

    [Test]
    public void Estimates_allocate_nothing()
    {
        var sink = Qwen32BOnH200.EstimatePrefill(new(1024)).LatencyMs + Qwen32BOnH200.EstimateDecode(new(1, 1024)).LatencyMs;
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var batch = 1; batch <= 1000; batch++)
        {
            sink += Qwen32BOnH200.EstimatePrefill(new(1024 + batch)).LatencyMs + Qwen32BOnH200.EstimateDecode(new(batch, 1024)).LatencyMs;
        }

        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before, double.IsFinite(sink)), Is.EqualTo((0L, true)));
    }

    [Test]
    public void The_largest_queries_stay_finite()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Qwen32BOnH200.EstimatePrefill(new(int.MaxValue, 0, int.MaxValue)).LatencyMs, Is.Positive.And.LessThan(double.PositiveInfinity));
            Assert.That(Qwen32BOnH200.EstimateDecode(new(int.MaxValue, long.MaxValue)).LatencyMs, Is.Positive.And.LessThan(double.PositiveInfinity));
        });
    }

    [Test]
    public void Weights_that_fill_the_memory_leave_no_cache()
    {
        Assert.That(Model("meta-llama/Meta-Llama-3.1-70B", "l40s", 1).KvCapacityTokens, Is.Zero);
    }

    [Test]
    public void Pipeline_stages_and_smaller_weights_leave_more_cache()
    {
        var shape = TransformerShapes.Named("meta-llama/Meta-Llama-3.1-70B");
        var gpu = GpuDataSheets.Named("h200_sxm");
        var plain = new RooflinePerformanceModel(shape, gpu, new EngineLayout(2));
        var staged = new RooflinePerformanceModel(shape, gpu, new EngineLayout(2, 2));
        var quantized = new RooflinePerformanceModel(shape with { BytesPerWeight = 1 }, gpu, new EngineLayout(2));
        var smallCache = new RooflinePerformanceModel(shape with { BytesPerKvElement = 1 }, gpu, new EngineLayout(2));

        Assert.Multiple(() =>
        {
            Assert.That(staged.KvCapacityTokens, Is.GreaterThan(2 * plain.KvCapacityTokens));
            Assert.That(quantized.KvCapacityTokens, Is.GreaterThan(plain.KvCapacityTokens));
            Assert.That(smallCache.KvCapacityTokens, Is.EqualTo(2 * plain.KvCapacityTokens).Within(1));
            Assert.That(quantized.EstimateDecode(new(1, 1024)).LatencyMs, Is.LessThan(plain.EstimateDecode(new(1, 1024)).LatencyMs));
        });
    }

    [Test]
    public void Ranks_that_share_a_prefill_are_refused() => Assert.That(
        () => new RooflinePerformanceModel(TransformerShapes.Named("Qwen/Qwen3-32B"), GpuDataSheets.Named("h200_sxm"), new EngineLayout(contextParallel: 2)),
        Throws.TypeOf<InvalidLayoutException>().With.Message.Contains("cp 2; context parallelism is not modelled"));

    [TestCase(3, 1, 1, 1, "divide")]
    [TestCase(128, 1, 1, 1, "divide")]
    [TestCase(1, 65, 1, 1, "layers")]
    [TestCase(1, 1, 2, 1, "experts")]
    [TestCase(1, 1, 1, 8, "experts")]
    public void A_layout_that_the_model_cannot_have_is_refused(int tensorParallel, int pipelineParallel, int moeTensorParallel, int moeExpertParallel, string reason)
    {
        var layout = new EngineLayout(tensorParallel, pipelineParallel, 1, moeTensorParallel, moeExpertParallel);

        Assert.That(
            () => new RooflinePerformanceModel(TransformerShapes.Named("Qwen/Qwen3-32B"), GpuDataSheets.Named("h200_sxm"), layout),
            Throws.TypeOf<InvalidLayoutException>().With.Message.Contains("Qwen/Qwen3-32B").And.Message.Contains(reason));
    }

    [TestCase(0, 0, 1)]
    [TestCase(8, 8, 1)]
    [TestCase(8, 0, 0)]
    public void A_step_that_no_engine_can_have_is_refused(int isl, int prefix, int batch)
    {
        Assert.That(() => Qwen32BOnH200.EstimatePrefill(new PrefillQuery(isl, prefix, batch)), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static RooflinePerformanceModel Model(string shape, string gpu, int tensorParallel) =>
        new(TransformerShapes.Named(shape), GpuDataSheets.Named(gpu), new EngineLayout(tensorParallel));
}
