using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Memory;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Tests.Performance.Aic.Models;

namespace PowerPlanner.Tests.Performance.Aic.Memory;

internal sealed class EngineMemoryTests
{
    private const double Gibibyte = 1L << 30;

    // Specification 7, "formula example" (Qwen3-32B, tp 8, h200_sxm, vllm, isl 1024, batch 1).
    [Test]
    public void A_context_step_of_the_worked_example_needs_what_AIC_says()
    {
        var memory = Memory(EngineSamples.Engine()).Context(1, 1024, 0);

        Assert.Multiple(() =>
        {
            Assert.That(memory.WeightBytes, Is.EqualTo(8_190_361_600));
            Assert.That(memory.ActivationBytes, Is.EqualTo(83_886_080));
            Assert.That(memory.KvCacheBytes, Is.EqualTo(33_587_200));
            Assert.That(memory.CollectiveBytes, Is.EqualTo(411_041_792));
            Assert.That(memory.OtherBytes, Is.EqualTo(3_758_096_384));
            Assert.That(memory.TotalBytes / Gibibyte, Is.EqualTo(11.620086669921875));
        });
    }

    [TestCase(0, 126_255_200_993, 3_853_002)]
    [TestCase(0.02, 123_730_096_973, 3_775_942)]
    public void The_cache_of_the_worked_example_holds_what_AIC_says(double tolerance, double bytes, long tokens) =>
        Assert.That(Memory(EngineSamples.Engine()).MaximumKvCache(8192, tolerance), Is.EqualTo((bytes, tokens)));

    // Specification 10.6, memory column, GiB.
    [TestCase(16, 2048, 1500, 200, 12.498077392578125)]
    [TestCase(1, 1500, 1500, 50, 11.67242431640625)]
    [TestCase(8, 700, 1400, 4, 11.92181396484375)]
    [TestCase(8, 3000, 1500, 60, 12.120880126953125)]
    [TestCase(8, 700, 1400, 300, 11.99407958984375)]
    public void An_aggregated_batch_needs_what_AIC_says(int batch, int contextTokens, int isl, int osl, double expected) =>
        Assert.That(Memory(EngineSamples.Engine()).Aggregated(batch, contextTokens, isl, osl).TotalBytes / Gibibyte, Is.EqualTo(expected));

    [TestCase(4, 3000, 100, 0, 1, 0, 12.805)]
    [TestCase(4, 3000, 100, 1000, 1, 0, 12.499)]
    [TestCase(4, 1000, 80, 0, 2, 0, 8.134)]
    [TestCase(4, 1000, 80, 0, 1, 1, 11.948)]
    [TestCase(4, 1000, 80, 0, 1, 2, 11.948)]
    public void A_static_batch_needs_what_AIC_says(int batch, int isl, int osl, int prefix, int pp, int draftTokens, double expected)
    {
        var memory = Memory(EngineSamples.Engine(layout: new EngineLayout(8, pp), draftTokens: draftTokens));

        Assert.That(memory.Static(batch, isl, osl, prefix).TotalBytes / Gibibyte, Is.EqualTo(expected).Within(0.0005));
    }

    [Test]
    public void Workers_of_the_disaggregated_example_need_what_AIC_says()
    {
        var memory = Memory(EngineSamples.Engine());

        Assert.Multiple(() =>
        {
            Assert.That(memory.Context(1, 1000, 0).TotalBytes / Gibibyte, Is.EqualTo(11.618).Within(0.0005));
            Assert.That(memory.Generation(4, 1000, 80).TotalBytes / Gibibyte, Is.EqualTo(11.711).Within(0.0005));
        });
    }

    [Test]
    public void Activations_have_a_floor()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Memory(EngineSamples.Engine()).Context(1, 1, 0).ActivationBytes, Is.EqualTo(70 << 20));
            Assert.That(Memory(EngineSamples.Engine(backend: AicBackend.Sglang)).Context(1, 1, 0).ActivationBytes, Is.EqualTo((90 << 20) * 1.15));
        });
    }

    [Test]
    public void SGLang_needs_more_beside_the_model() =>
        Assert.That(Memory(EngineSamples.Engine(backend: AicBackend.Sglang)).Context(1, 1024, 0).OtherBytes, Is.EqualTo(3_758_096_384 * 1.2));

    [TestCase(1, 11.0)]
    [TestCase(2, 6.5)]
    [TestCase(4, 5.0)]
    [TestCase(16, 5.0)]
    public void Activation_factors_follow_the_ranks(int tp, double factor) =>
        Assert.That(
            Memory(EngineSamples.Engine(layout: new EngineLayout(tp))).Context(1, 8192, 0).ActivationBytes, Is.EqualTo(2.0 * 8192 * 8192 * factor));

    [TestCase(AicBackend.Vllm, 6.0)]
    [TestCase(AicBackend.Sglang, 8.0 * 1.15)]
    public void The_GPT_family_has_factors_of_its_own(AicBackend backend, double factor) =>
        Assert.That(
            Memory(EngineSamples.Engine(layout: new EngineLayout(2), backend: backend, family: "GPT")).Context(1, 8192, 0).ActivationBytes,
            Is.EqualTo(2.0 * 8192 * 8192 * factor).Within(1e-6));

    [Test]
    public void Every_draft_token_has_activations_in_a_decode_step()
    {
        var plain = Memory(EngineSamples.Engine()).Generation(512, 1000, 80);
        var drafted = Memory(EngineSamples.Engine(draftTokens: 2)).Generation(512, 1000, 80);

        Assert.That(drafted.ActivationBytes, Is.EqualTo(3 * plain.ActivationBytes));
    }

    [Test]
    public void Only_decoding_sequences_of_an_aggregated_batch_draft()
    {
        var plain = Memory(EngineSamples.Engine()).Aggregated(16, 2048, 1500, 200).ActivationBytes;

        // 14 of 2062 tokens decode, with one draft token each.
        Assert.That(Memory(EngineSamples.Engine(draftTokens: 1)).Aggregated(16, 2048, 1500, 200).ActivationBytes, Is.EqualTo(plain * 2076 / 2062).Within(1e-6));
    }

    [Test]
    public void TensorRT_LLM_sizes_an_aggregated_engine_for_its_largest_step() =>
        Assert.That(
            Memory(EngineSamples.Engine(backend: AicBackend.TensorRtLlm)).Aggregated(16, 2048, 1500, 200).ActivationBytes, Is.EqualTo(2.0 * 8192 * 8192 * 5));

    [Test]
    public void Pipeline_stages_divide_weights_and_not_the_cache()
    {
        var one = Memory(EngineSamples.Engine()).Static(4, 1000, 80, 0);
        var two = Memory(EngineSamples.Engine(layout: new EngineLayout(8, 2))).Static(4, 1000, 80, 0);

        Assert.That((two.WeightBytes, two.KvCacheBytes), Is.EqualTo((one.WeightBytes / 2, one.KvCacheBytes)));
    }

    [Test]
    public void What_the_device_cannot_hold_is_refused_with_all_its_parts()
    {
        var memory = Memory(EngineSamples.Engine());

        Assert.That(
            () => memory.Check(memory.Static(1000, 4000, 100, 0), "A batch of 1000"),
            Throws.TypeOf<InsufficientMemoryForModelException>().With.Message.StartsWith("A batch of 1000 needs").And.Message.Contains("weights 7.628 GiB").And.Message.Contains("'h200_sxm' has 141 GiB"));
    }

    [Test]
    public void What_the_device_holds_may_still_exceed_the_share_of_the_cache()
    {
        // Reference composition 177: AIC answers for it.
        var memory = Memory(EngineSamples.Engine(EngineSamples.LlamaLarge, new EngineLayout(2), AicBackend.Sglang, "0.5.14"));

        var batch = memory.Aggregated(128, 3000, 3000, 150);

        Assert.Multiple(() =>
        {
            Assert.That(() => memory.Check(batch, "A batch"), Throws.Nothing);
            Assert.That(batch.FitsKvCacheBudget, Is.False);
        });
    }

    [Test]
    public void A_device_too_small_for_the_weights_has_no_cache() =>
        Assert.That(Memory(EngineSamples.Engine(EngineSamples.LlamaLarge, new EngineLayout(1))).MaximumKvCache(8192), Is.Null);

    [Test]
    public void The_capacity_without_kv_heads_is_unknown()
    {
        var memory = Memory(EngineSamples.Engine(ConfigurationText.Merge(EngineSamples.Qwen3Dense, """{ "num_key_value_heads": null }""")));

        Assert.That(() => memory.MaximumKvCache(8192), Throws.TypeOf<NoPerformanceDataException>().With.Message.Contains("num_key_value_heads"));
    }

    [Test]
    public void A_stated_memory_fraction_replaces_the_default()
    {
        var engine = EngineSamples.Engine();
        var memory = new EngineMemory(engine, engine.Model.Family.BuildOperations(engine), 0.5);

        Assert.That(memory.MaximumKvCache(8192)!.Value.Bytes, Is.EqualTo(Math.Floor((151397597184 * 0.5) - 13_030_588_416)));
    }

    [Test]
    public void Huge_batches_do_not_overflow()
    {
        var memory = Memory(EngineSamples.Engine());

        Assert.That(memory.Static(int.MaxValue, int.MaxValue, int.MaxValue, 0).TotalBytes, Is.GreaterThan(1e18).And.LessThan(double.PositiveInfinity));
        Assert.That(memory.Aggregated(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue).TotalBytes, Is.GreaterThan(1e18));
    }

    private static EngineMemory Memory(EngineSpecification engine) => new(engine, engine.Model.Family.BuildOperations(engine));
}
