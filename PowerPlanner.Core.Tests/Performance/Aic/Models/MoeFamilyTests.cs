using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Models;

internal sealed class MoeFamilyTests
{
    private static readonly EngineLayout FourRanks = new(4, 1, 1, 1, 4);

    private static readonly string[] ContextNames =
    [
        "embedding", "add_norm_1", "qkv_gemm", "attention", "proj_gemm", "add_norm_2", "router_gemm", "moe_pre_dispatch", "moe", "moe_post_dispatch",
        "embedding_ar", "p2p",
    ];

    [Test]
    public void The_lists_run_in_the_order_of_the_specification_and_logits_in_generation_alone()
    {
        var lists = Build(EngineSamples.QwenExperts, FourRanks);
        string[] generation = [.. ContextNames.Take(10), "logits_gemm", .. ContextNames.Skip(10)];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Context.Select(operation => operation.Name), Is.EqualTo(ContextNames));
            Assert.That(lists.Generation.Select(operation => operation.Name), Is.EqualTo(generation));
        }
    }

    [Test]
    public void Experts_and_dispatch_have_the_shapes_of_model_and_layout()
    {
        var context = Build(EngineSamples.QwenExperts, new EngineLayout(2, 1, 4, 2, 4)).Context;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                Find(context, "moe"), Is.EqualTo(new MoeOperation("moe", 2048, 768, 8, 128, 2, 4, 4, MoeQuantization.BFloat16, "power_law_1.2", 48)));
            Assert.That(
                Find(context, "moe_pre_dispatch"),
                Is.EqualTo(new MoeDispatchOperation("moe_pre_dispatch", MoeDispatchStage.Pre, AicBackend.Vllm, 2048, 2, 4, 4, MoeQuantization.BFloat16, 48)));
            Assert.That(Find(context, "router_gemm"), Is.EqualTo(new GemmOperation("router_gemm", GemmQuantization.BFloat16, 128, 2048, 48)));
            Assert.That(Find(context, "embedding"), Is.EqualTo(new EmbeddingOperation("embedding", 75968, 2048, 1)));
        }
    }

    // Specification 10.6, memory check.
    [Test]
    public void Weights_of_Qwen3_30B_on_four_ranks() =>
        Assert.That(Build(EngineSamples.QwenExperts, FourRanks).Context.Sum(operation => operation.WeightBytes), Is.EqualTo(15_129_247_744));

    [Test]
    public void Weights_of_experts_lose_what_does_not_divide() => Assert.That(
        new MoeOperation("moe", 7, 5, 1, 3, 4, 2, 1, MoeQuantization.Int4WeightOnly, "", 2).WeightBytes, Is.EqualTo(Math.Floor(Math.Floor(7 * 5 * 3 * 0.5 * 3 / 2) / 4) * 2));

    [Test]
    public void Half_of_the_layers_of_gpt_oss_have_a_window()
    {
        var attention = Build(EngineSamples.GptOss, new EngineLayout(2, 1, 1, 2, 1)).Context.OfType<ContextAttentionOperation>().ToArray();

        Assert.That(attention.Select(operation => (operation.Name, operation.Window, operation.Scale)), Is.EqualTo(new[] { ("attention", 128, 12.5), ("attention", 0, 12.5) }));
    }

    [Test]
    public void Layers_with_a_window_keep_no_more_than_it([Values(1, 127, 128, 129, 100_000)] long tokens)
    {
        var engine = EngineSamples.Engine(EngineSamples.GptOss, new EngineLayout(2, 1, 1, 2, 1));

        // 25 layers: 12 with a window, 13 without; 4 KV heads a rank of 64 elements, in bfloat16, keys and values.
        Assert.That(engine.Model.Family.KvCacheBytes(engine, tokens), Is.EqualTo(2.0 * 4 * 64 * 2 * ((12 * Math.Min(tokens, 128)) + (13 * tokens))));
    }

    [Test]
    public void The_capacity_of_a_cache_with_windows_is_the_longest_sequence_that_fits([Values(1, 127, 128, 129, 130, 5000, 1_000_003)] long tokens)
    {
        var engine = EngineSamples.Engine(EngineSamples.GptOss, new EngineLayout(2, 1, 1, 2, 1));
        var family = engine.Model.Family;
        var bytes = family.KvCacheBytes(engine, tokens);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(family.KvCacheTokens(engine, bytes), Is.EqualTo(tokens));
            Assert.That(family.KvCacheTokens(engine, bytes - 1), Is.EqualTo(tokens - 1));
        }
    }

    [Test]
    public void A_format_without_a_form_for_experts_is_refused()
    {
        var text = ConfigurationText.Merge(EngineSamples.QwenExperts, """
            { "quantization_config": { "quant_method": "compressed-tensors", "config_groups": { "a": { "weights": { "num_bits": 8, "type": "int" } } } } }
            """);

        Assert.That(() => Build(text, FourRanks), Throws.TypeOf<UnknownModelException>().With.Message.Contains("no form for routed experts"));
    }

    [Test]
    public void A_stated_distribution_replaces_the_familys_power_law()
    {
        var engine = EngineSamples.Engine(EngineSamples.QwenExperts, FourRanks) with { WorkloadDistribution = "balanced" };

        Assert.That(engine.Model.Family.BuildOperations(engine).Context.OfType<MoeOperation>().Single().Distribution, Is.EqualTo("balanced"));
    }

    [Test]
    public void Drafts_scale_the_generation_list_alone()
    {
        var engine = EngineSamples.Engine(EngineSamples.QwenExperts, FourRanks, draftTokens: 2);
        var lists = engine.Model.Family.BuildOperations(engine);

        Assert.That((Find(lists.Context, "moe").Scale, Find(lists.Generation, "moe").Scale), Is.EqualTo((48.0, 48 * (50 / 48.0))));
    }

    private static OperationLists Build(string configuration, EngineLayout layout)
    {
        var engine = EngineSamples.Engine(configuration, layout);
        return engine.Model.Family.BuildOperations(engine);
    }

    private static Operation Find(IReadOnlyList<Operation> operations, string name) => operations.Single(operation => operation.Name == name);
}
