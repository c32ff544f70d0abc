using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Tests.Performance.Aic.Composition;
using PowerPlanner.Tests.Performance.Aic.Models;

namespace PowerPlanner.Tests.Performance.Aic;

internal sealed class AicPerformanceModelTests
{
    [Test]
    public void Prefill_is_one_context_step()
    {
        var evaluator = new RecordingEvaluator();

        var step = Model(evaluator).EstimatePrefill(new PrefillQuery(1000, 200, 3));

        Assert.Multiple(() =>
        {
            Assert.That(evaluator.Asked, Is.EqualTo(new[] { "context All 3 × 800 + 200" }));
            Assert.That(step, Is.EqualTo(new StepEstimate(1, 600, 0.5, Provenance.Measured)));
            Assert.That((step.PowerWatts, step.EnergyMillijoules), Is.EqualTo((300.0, 300.0)));
        });
    }

    [Test]
    public void Decode_is_one_step_of_the_whole_list_at_the_asked_length()
    {
        var evaluator = new RecordingEvaluator();

        var step = Model(evaluator).EstimateDecode(new DecodeQuery(7, 1101));

        Assert.Multiple(() =>
        {
            Assert.That(evaluator.Asked, Is.EqualTo(new[] { "generation All 7 at 1101" }));
            Assert.That(step, Is.EqualTo(new StepEstimate(10, 250, 0.8, Provenance.Interpolated)));
        });
    }

    [Test]
    public void Draft_tokens_share_the_time_of_a_step_and_leave_its_power()
    {
        var step = Model(new RecordingEvaluator(), new AicEngineOptions { DraftTokens = 3, AcceptedDraftTokens = 1 }).EstimateDecode(new DecodeQuery(7, 1101));

        Assert.That((step.LatencyMs, step.ActivePowerWatts, step.PowerCoverage), Is.EqualTo((5.0, 250.0, 0.8)));
    }

    [Test]
    public void A_sweep_answers_as_the_single_steps_and_marks_what_has_no_data()
    {
        var model = Model(new RecordingEvaluator(largestBatch: 2));
        var estimates = new StepEstimate[4];

        model.EstimateDecodeSweep(1101, estimates);

        Assert.Multiple(() =>
        {
            Assert.That(estimates[1], Is.EqualTo(model.EstimateDecode(new DecodeQuery(2, 1101))));
            Assert.That(estimates.Select(estimate => estimate.HasData), Is.EqualTo(new[] { true, true, false, false }));
        });
    }

    [Test]
    public void Aggregated_serving_prefills_one_input_length_a_step()
    {
        var model = Model(new RecordingEvaluator());

        var point = model.EstimateAggregated(new AggregatedQuery(4, 1000, 100));

        var expected = model.Engine.EstimateAggregated(4, 1000, 100, 1000);
        Assert.That(point, Is.EqualTo(new AggregatedEstimate(expected.TtftMs, expected.ItlMs, expected.RequestsPerSecond)));
    }

    [Test]
    public void Aggregated_serving_of_one_output_token_has_a_rate() =>
        Assert.That(Model(new RecordingEvaluator()).EstimateAggregated(new AggregatedQuery(1, 1000, 1)).RequestsPerSecond, Is.GreaterThan(0));

    [Test]
    public void Capacity_and_nameplate_are_the_engines()
    {
        var model = Model(new RecordingEvaluator());

        Assert.That((model.KvCapacityTokens, model.NameplateWatts), Is.EqualTo((3_853_002L, 700.0)));
    }

    [Test]
    public void A_device_too_small_for_the_weights_has_capacity_0()
    {
        var engine = EngineSamples.Engine(EngineSamples.LlamaLarge, new EngineLayout(1));

        Assert.That(new AicPerformanceModel(Engine(engine, new RecordingEvaluator())).KvCapacityTokens, Is.Zero);
    }

    [Test]
    public void Without_kv_heads_there_is_no_capacity_and_hence_no_model()
    {
        var engine = EngineSamples.Engine(ConfigurationText.Merge(EngineSamples.Qwen3Dense, """{ "num_key_value_heads": null }"""));

        Assert.That(() => new AicPerformanceModel(Engine(engine, new RecordingEvaluator())), Throws.TypeOf<NoPerformanceDataException>());
    }

    [TestCase(0, 0, 1)]
    [TestCase(1000, 1000, 1)]
    [TestCase(1000, -1, 1)]
    [TestCase(1000, 0, 0)]
    public void A_prefill_that_no_engine_can_have_is_refused(int isl, int prefix, int batch) =>
        Assert.That(() => Model(new RecordingEvaluator()).EstimatePrefill(new PrefillQuery(isl, prefix, batch)), Throws.TypeOf<ArgumentOutOfRangeException>());

    [TestCase(0, 1000)]
    [TestCase(1, 0)]
    public void A_decode_that_no_engine_can_have_is_refused(int batch, long contextTokens) =>
        Assert.That(() => Model(new RecordingEvaluator()).EstimateDecode(new DecodeQuery(batch, contextTokens)), Throws.TypeOf<ArgumentOutOfRangeException>());

    [TestCase(0, 1000, 10)]
    [TestCase(1, 0, 10)]
    [TestCase(1, 1000, 0)]
    public void An_aggregated_point_that_no_engine_can_have_is_refused(int batch, int isl, int osl) =>
        Assert.That(() => Model(new RecordingEvaluator()).EstimateAggregated(new AggregatedQuery(batch, isl, osl)), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void A_sweep_at_no_length_is_refused() =>
        Assert.That(() => Model(new RecordingEvaluator()).EstimateDecodeSweep(0, new StepEstimate[2]), Throws.TypeOf<ArgumentOutOfRangeException>());

    private static AicPerformanceModel Model(RecordingEvaluator evaluator, AicEngineOptions? options = null) =>
        new(Engine(EngineSamples.Engine(draftTokens: options?.DraftTokens ?? 0), evaluator, options));

    private static AicEngine Engine(EngineSpecification engine, RecordingEvaluator evaluator, AicEngineOptions? options = null) =>
        new(engine, engine.Model.Family.BuildOperations(engine), evaluator, options ?? new AicEngineOptions(), []);
}
