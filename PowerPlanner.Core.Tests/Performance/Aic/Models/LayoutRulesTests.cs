using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Tests.Performance.Aic.Models;

internal sealed class LayoutRulesTests
{
    [TestCase(1, 1, 1)]
    [TestCase(2, 2, 1)]
    [TestCase(4, 1, 4)]
    [TestCase(8, 64, 1)]
    [TestCase(16, 1, 1)]
    [TestCase(64, 1, 1)]
    public void A_layout_that_divides_the_heads_is_allowed(int tp, int pp, int dp) =>
        Assert.That(() => LayoutRules.Check(EngineSamples.Engine(layout: new EngineLayout(tp, pp, dp))), Throws.Nothing);

    [Test]
    public void Expert_sizes_have_no_meaning_in_a_dense_model() =>
        Assert.That(() => LayoutRules.Check(EngineSamples.Engine(layout: new EngineLayout(2, 1, 1, 4, 2))), Throws.Nothing);

    [TestCase(3, "tp 3 does not divide the 64 attention heads")]
    [TestCase(128, "tp 128 does not divide the 64 attention heads")]
    public void Ranks_must_divide_the_heads(int tp, string message) => AssertRefused(EngineSamples.Qwen3Dense, new EngineLayout(tp), message);

    [TestCase(3)]
    [TestCase(5)]
    [TestCase(6)]
    [TestCase(7)]
    public void Ranks_without_memory_figures_are_refused(int tp)
    {
        var text = ConfigurationText.Merge(EngineSamples.LlamaSmall, """{ "num_attention_heads": 420, "num_key_value_heads": 420, "head_dim": 128 }""");

        AssertRefused(text, new EngineLayout(tp), $"tp {tp} has no memory figures on system 'h200_sxm'");
    }

    [Test]
    public void A_system_that_lists_fewer_group_sizes_allows_fewer()
    {
        var system = EngineSamples.H200 with { NcclMemory = new Dictionary<int, double> { [1] = 0, [2] = 1 } };

        Assert.That(
            () => LayoutRules.Check(EngineSamples.Engine(layout: new EngineLayout(4), system: system)), Throws.TypeOf<InvalidLayoutException>().With.Message.Contains("(1, 2)"));
    }

    [Test]
    public void A_stage_without_a_layer_is_refused() => AssertRefused(EngineSamples.Qwen3Dense, new EngineLayout(1, 65), "pp 65 exceeds the 64 layers");

    [TestCase("""{ "intermediate_size": 4 }""", "intermediate_size 4 cannot be split over tp 8")]
    [TestCase("""{ "vocab_size": 7 }""", "vocab_size 7 cannot be split over tp 8")]
    public void A_rank_without_a_share_is_refused(string fields, string message) =>
        AssertRefused(ConfigurationText.Merge(EngineSamples.Qwen3Dense, fields), new EngineLayout(8), message);

    [TestCase(8, 1, 1, 8)]
    [TestCase(8, 1, 8, 1)]
    [TestCase(2, 4, 2, 4)]
    [TestCase(1, 16, 1, 16)]
    public void Experts_take_the_GPUs_of_attention(int tp, int attentionDp, int moeTp, int moeEp) =>
        Assert.That(() => LayoutRules.Check(EngineSamples.Engine(EngineSamples.QwenExperts, new EngineLayout(tp, 1, attentionDp, moeTp, moeEp))), Throws.Nothing);

    [TestCase(8, 1, 1, 4, "tp 8 · attention dp 1 = 8, but moe tp 1 · moe ep 4 = 4")]
    [TestCase(4, 4, 4, 2, "tp 4 · attention dp 4 = 16, but moe tp 4 · moe ep 2 = 8")]
    [TestCase(1, 256, 1, 256, "moe ep 256 exceeds the 128 experts")]
    [TestCase(1, 1024, 1024, 1, "moe_intermediate_size 768 cannot be split over moe tp 1024")]
    public void Experts_that_take_other_GPUs_or_leave_a_rank_empty_are_refused(int tp, int attentionDp, int moeTp, int moeEp, string message) =>
        AssertRefused(EngineSamples.QwenExperts, new EngineLayout(tp, 1, attentionDp, moeTp, moeEp), message);

    [TestCase(""" "weight_block_size": [128, 128] """, 2, null)]
    [TestCase(""" "weight_block_size": [128, 128] """, 4, "multiple of the 128 of a scale block")]
    [TestCase(""" "weight_block_size": [96, 96] """, 8, null)]
    [TestCase(""" "weight_block_size": [64, 64] """, 8, "multiple of the 64 of a scale block")]
    [TestCase(""" "activation_scheme": "dynamic" """, 4, null)]
    public void Experts_in_fp8_block_are_split_into_whole_scale_blocks(string blocks, int moeTp, string? message)
    {
        var text = ConfigurationText.Merge(EngineSamples.QwenExperts, $$"""{ "quantization_config": { "quant_method": "fp8", {{blocks}} } }""");
        var layout = new EngineLayout(moeTp, 1, 1, moeTp, 1);

        if (message is null)
        {
            Assert.That(() => LayoutRules.Check(EngineSamples.Engine(text, layout)), Throws.Nothing);
            return;
        }

        AssertRefused(text, layout, message);
    }

    [Test]
    public void Ranks_that_share_a_prefill_are_SGLangs_alone([Values(AicBackend.Vllm, AicBackend.TensorRtLlm)] AicBackend backend) =>
        AssertRefused(EngineSamples.Qwen3Dense, new EngineLayout(contextParallel: 2), "only sglang is modelled with context parallelism", backend);

    [TestCase(2, 1)]
    [TestCase(1, 2)]
    public void Ranks_that_share_a_prefill_share_nothing_else(int tp, int attentionDp) =>
        AssertRefused(
            EngineSamples.Qwen3Dense, new EngineLayout(tp, 1, attentionDp, contextParallel: 2), $"cp 2 with tp {tp} and attention dp {attentionDp}: both must be 1", AicBackend.Sglang);

    [TestCase(EngineSamples.QwenExperts)]
    [TestCase(EngineSamples.LlamaHybrid)]
    public void Experts_share_no_prefill(string configuration) =>
        AssertRefused(configuration, new EngineLayout(1, 1, 1, 1, 2, contextParallel: 2), "modelled for dense decoders only", AicBackend.Sglang);

    [Test]
    public void Ranks_that_share_a_prefill_are_allowed_with_a_word_on_memory()
    {
        var engine = EngineSamples.Engine(layout: new EngineLayout(pipelineParallel: 2, contextParallel: 4), backend: AicBackend.Sglang);

        Assert.That(() => LayoutRules.Check(engine), Throws.Nothing);
        Assert.That(LayoutRules.Warnings(engine), Has.One.Contains("cp 4: memory and KV capacity"));
    }

    [Test]
    public void Uneven_stages_are_a_warning() =>
        Assert.That(LayoutRules.Warnings(EngineSamples.Engine(layout: new EngineLayout(1, 3))), Has.One.Contains("pp 3 does not divide the 64 layers"));

    [Test]
    public void Even_stages_are_none() => Assert.That(LayoutRules.Warnings(EngineSamples.Engine(layout: new EngineLayout(1, 4))), Is.Empty);

    [TestCase("MiMoV2FlashForCausalLM", "HYBRIDMOE")]
    public void A_family_without_operation_lists_says_so(string architecture, string family)
    {
        var text = ConfigurationText.Merge(EngineSamples.Qwen3Dense, $$"""{ "architectures": ["{{architecture}}"] }""");

        Assert.That(
            () => LayoutRules.Check(EngineSamples.Engine(text)),
            Throws.TypeOf<UnknownModelException>().With.Message.Contains($"'{architecture}' (family {family}) is not supported yet: its sliding layers"));
    }

    private static void AssertRefused(string configuration, EngineLayout layout, string message, AicBackend backend = AicBackend.Vllm) =>
        Assert.That(() => LayoutRules.Check(EngineSamples.Engine(configuration, layout, backend)), Throws.TypeOf<InvalidLayoutException>().With.Message.Contains(message));
}
