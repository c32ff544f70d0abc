using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Tests.Performance.Aic.Composition;
using PowerPlanner.Tests.Performance.Aic.Models;
using PowerPlanner.Tests.Performance.Aic.Reference;

namespace PowerPlanner.Tests.Performance.Aic;

/// <summary>The public engine: its doors, and the arithmetic around fixed step costs.</summary>
internal sealed class AicEngineTests
{
    [Test]
    public void A_static_batch_is_composed_of_both_phases()
    {
        // 1 ms of context, 99 decode steps of 10 ms.
        var estimate = Engine().EstimateStatic(4, 1000, 100);

        Assert.Multiple(() =>
        {
            Assert.That(estimate.TtftMs, Is.EqualTo(1));
            Assert.That(estimate.ItlMs, Is.EqualTo(10).Within(1e-12));
            Assert.That(estimate.RequestLatencyMs, Is.EqualTo(991).Within(1e-9));
            Assert.That(estimate.RequestsPerSecond, Is.EqualTo(4 / 0.991).Within(1e-9));
            Assert.That(estimate.TokensPerSecond, Is.EqualTo(400 / 0.991).Within(1e-7));
            Assert.That(estimate.PowerWatts, Is.EqualTo((300 + (99 * 2000)) / 991.0).Within(1e-9));
        });
    }

    [Test]
    public void Accepted_draft_tokens_divide_the_time_of_a_token()
    {
        var estimate = Engine(new AicEngineOptions { DraftTokens = 2, AcceptedDraftTokens = 1 }).EstimateStatic(4, 1000, 101);

        Assert.That((estimate.ItlMs, estimate.RequestLatencyMs), Is.EqualTo((5.0, 501.0)));
    }

    [Test]
    public void Powers_are_those_of_AIC_and_of_the_covered_part()
    {
        var context = Engine().EstimateContext(1, 1000);

        Assert.That((context.PowerWatts, context.PowerCoverage, context.ActivePowerWatts), Is.EqualTo((300.0, 0.5, 600.0)));
    }

    [Test]
    public void One_output_token_has_no_generation_and_no_powers()
    {
        var generation = Engine().EstimateGeneration(1, 1000, 1);

        Assert.Multiple(() =>
        {
            Assert.That((generation.LatencyMs, generation.EnergyMillijoules, generation.PowerCoverage), Is.EqualTo((0.0, 0.0, 0.0)));
            Assert.That(generation.PowerWatts, Is.Null);
            Assert.That(generation.ActivePowerWatts, Is.Null);
        });
    }

    [Test]
    public void Context_tokens_are_the_input_length_unless_stated() =>
        Assert.That(Engine().EstimateAggregated(4, 1500, 100).ContextTokens, Is.EqualTo(1500));

    [Test]
    public void An_aggregated_batch_that_the_device_cannot_hold_is_refused() =>
        Assert.That(() => Engine().EstimateAggregated(2000, 4000, 100), Throws.TypeOf<InsufficientMemoryForModelException>().With.Message.Contains("batch of 2000"));

    [Test]
    public void A_worker_that_the_device_cannot_hold_is_refused()
    {
        var engine = Engine();

        Assert.Multiple(() =>
        {
            Assert.That(
                () => AicEngine.EstimateDisaggregated(engine, engine, new AicDisaggregatedQuery { Isl = 4000, Osl = 100, PrefillBatch = 2000 }),
                Throws.TypeOf<InsufficientMemoryForModelException>().With.Message.Contains("prefill batch of 2000"));
            Assert.That(
                () => AicEngine.EstimateDisaggregated(engine, engine, new AicDisaggregatedQuery { Isl = 4000, Osl = 100, DecodeBatch = 2000 }),
                Throws.TypeOf<InsufficientMemoryForModelException>().With.Message.Contains("decode batch of 2000"));
        });
    }

    [Test]
    public void A_fleet_counts_workers_and_GPUs()
    {
        var fleet = AicEngine.EstimateDisaggregated(
            Engine(), Engine(layout: new EngineLayout(4, 1, 2)), new AicDisaggregatedQuery { Isl = 1000, Osl = 80, PrefillWorkers = 3, DecodeBatch = 4, DecodeWorkers = 2 });

        Assert.That((fleet.Gpus, fleet.Concurrency), Is.EqualTo((40L, 16.0)));
    }

    private static readonly TestCaseData<Action<AicEngine>>[] ImpossiblePoints =
    [
        Point("batch 0", engine => engine.EstimateContext(0, 1000)),
        Point("batch negative", engine => engine.EstimateGeneration(-1, 1000, 10)),
        Point("isl 0", engine => engine.EstimateContext(1, 0)),
        Point("prefix isl", engine => engine.EstimateContext(1, 1000, 1000)),
        Point("prefix negative", engine => engine.ContextOperations(1, 1000, -1)),
        Point("osl 0", engine => engine.EstimateGeneration(1, 1000, 0)),
        Point("stride 0", engine => engine.GenerationOperations(1, 1000, 10, 0)),
        Point("stride too short", engine => engine.EstimateGeneration(1, 1000, int.MaxValue, 1)),
        Point("decode batch 0", engine => engine.EstimateDecodeStep(0, 1000)),
        Point("contextTokens 0", engine => engine.EstimateDecodeStep(1, 0)),
        Point("mixed contextTokens 0", engine => engine.EstimateMixedStep(0, 1, 1000, 10)),
        Point("mixed requests negative", engine => engine.EstimateMixedStep(1, -1, 1000, 10)),
        Point("mixed osl 0", engine => engine.EstimateMixedStep(1, 1, 1000, 0)),
        Point("aggregated osl 0", engine => engine.EstimateAggregated(1, 1000, 0)),
        Point("aggregated contextTokens 0", engine => engine.EstimateAggregated(1, 1000, 10, 0)),
        Point("aggregated contextTokens beyond the batch", engine => engine.EstimateAggregated(2, 1000, 10, 2001)),
        Point("maxNumTokens 0", engine => engine.MaximumKvTokens(0)),
        Point("tolerance NaN", engine => engine.MaximumKvTokens(8192, double.NaN)),
        Point("prefill batch 0", engine => AicEngine.EstimateDisaggregated(engine, engine, new AicDisaggregatedQuery { Isl = 1, Osl = 1, PrefillBatch = 0 })),
        Point("decode workers 0", engine => AicEngine.EstimateDisaggregated(engine, engine, new AicDisaggregatedQuery { Isl = 1, Osl = 1, DecodeWorkers = 0 })),
        Point("disaggregated stride 0", engine => AicEngine.EstimateDisaggregated(engine, engine, new AicDisaggregatedQuery { Isl = 1, Osl = 1, Stride = 0 })),
    ];

    [TestCaseSource(nameof(ImpossiblePoints))]
    public void A_point_that_no_engine_can_have_is_refused_with_name_and_value(Action<AicEngine> ask) =>
        Assert.That(() => ask(Engine()), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("it must be"));

    [Test]
    public void The_largest_values_do_not_overflow()
    {
        var engine = Engine();

        Assert.Multiple(() =>
        {
            Assert.That(engine.EstimateContext(int.MaxValue, int.MaxValue).LatencyMs, Is.EqualTo(1));
            Assert.That(engine.EstimateGeneration(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue).LatencyMs, Is.EqualTo(10.0 * (int.MaxValue - 1)));
            Assert.That(engine.EstimateMixedStep(int.MaxValue, int.MaxValue, 1, int.MaxValue).LatencyMs, Is.EqualTo(12));
            Assert.That(engine.MaximumKvTokens(int.MaxValue), Is.Null);
        });
    }

    [TestCase(-1, 0.0, null)]
    [TestCase(65, 0.0, null)]
    [TestCase(1, 1.5, null)]
    [TestCase(1, double.NaN, null)]
    [TestCase(0, 0.0, 0.0)]
    [TestCase(0, 0.0, 1.5)]
    [TestCase(0, 0.0, double.NaN)]
    public async Task An_option_out_of_range_is_refused(int draftTokens, double accepted, double? fraction)
    {
        var options = new AicEngineOptions { DraftTokens = draftTokens, AcceptedDraftTokens = accepted, MemoryFraction = fraction };
        var database = await Databases.H200Async();

        Assert.That(
            async () => await AicEngine.LoadAsync(database, ModelConfiguration.Parse(EngineSamples.Qwen3Dense), new EngineLayout(8), options),
            Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public async Task An_unsupported_architecture_is_refused_before_its_formats_are_looked_at()
    {
        var text = ConfigurationText.Merge(
            EngineSamples.Qwen3Dense, """{ "architectures": ["MiMoV2FlashForCausalLM"], "quantization_config": { "quant_method": "unheard-of" } }""");
        var database = await Databases.H200Async();

        Assert.That(
            async () => await AicEngine.LoadAsync(database, ModelConfiguration.Parse(text), new EngineLayout(8)),
            Throws.TypeOf<UnknownModelException>().With.Message.Contains("not supported yet"));
    }

    [Test]
    public async Task A_layout_that_the_model_does_not_allow_is_refused()
    {
        var database = await Databases.H200Async();

        Assert.That(
            async () => await AicEngine.LoadAsync(database, ModelConfiguration.Parse(EngineSamples.Qwen3Dense), new EngineLayout(3)), Throws.TypeOf<InvalidLayoutException>());
    }

    // The H200's tables have attention in fp8 beside a cache in fp8 only.
    [TestCase(AicBackend.Sglang, "0.5.9", null, "fp8", "fp8")]
    [TestCase(AicBackend.Sglang, "0.5.9", "bfloat16", "bfloat16", "bfloat16")]
    [TestCase(AicBackend.TensorRtLlm, "1.3.0rc10", null, "fp8", "fp8")]
    [TestCase(AicBackend.Vllm, "0.22.0", null, "fp8", "bfloat16")]
    public async Task Attention_runs_in_fp8_where_the_tables_have_it(AicBackend backend, string version, string? setting, string kvCache, string attention)
    {
        var engine = await AicEngine.LoadAsync(
            await Databases.H200Async(backend, version),
            await ModelConfiguration.FindAsync(RealTables.ModelsDirectory, "Qwen/Qwen3-32B-FP8"),
            new EngineLayout(8),
            new AicEngineOptions { KvCacheFormat = setting });

        Assert.That(engine.Formats, Is.EqualTo(("fp8_block", kvCache, attention)));
    }

    [Test]
    public async Task Attention_in_fp8_that_is_asked_for_and_has_no_data_is_refused()
    {
        var database = await Databases.H200Async(AicBackend.Sglang, "0.5.9");
        var options = new AicEngineOptions { AttentionFormat = "fp8", KvCacheFormat = "bfloat16" };

        Assert.That(
            async () => await AicEngine.LoadAsync(database, ModelConfiguration.Parse(EngineSamples.Qwen3Dense), new EngineLayout(8), options),
            Throws.TypeOf<NoPerformanceDataException>().With.Message.Contains("attention in fp8"));
    }

    [Test]
    public async Task Warnings_of_model_and_layout_are_passed_on()
    {
        var text = ConfigurationText.Merge(EngineSamples.Qwen3Dense, """{ "num_key_value_heads": null }""");

        var engine = await AicEngine.LoadAsync(await Databases.H200Async(), ModelConfiguration.Parse(text), new EngineLayout(8, 3));

        Assert.That(engine.Warnings, Has.Count.EqualTo(2));
    }

    internal static AicEngine Engine(AicEngineOptions? options = null, EngineLayout? layout = null)
    {
        options ??= new AicEngineOptions();
        var engine = EngineSamples.Engine(layout: layout, draftTokens: options.DraftTokens);
        return new AicEngine(engine, engine.Model.Family.BuildOperations(engine), new RecordingEvaluator(), options, []);
    }

    private static TestCaseData<Action<AicEngine>> Point(string name, Action<AicEngine> ask) => new(ask) { TestName = $"{{m}}({name})" };
}
