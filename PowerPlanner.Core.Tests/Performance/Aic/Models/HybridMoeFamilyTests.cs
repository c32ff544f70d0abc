using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Models;

internal sealed class HybridMoeFamilyTests
{
    private static readonly EngineLayout EightRanks = new(8, 1, 1, 8, 1);

    [Test]
    public void Layers_alternate_between_a_window_and_none_and_between_experts_and_dense()
    {
        var lists = Build(EngineSamples.LlamaHybrid);
        string[] names =
        [
            "embedding",
            "global_attn_norm", "global_qkv_gemm", "attention", "global_proj_gemm", "global_moe_norm",
            "global_router_gemm", "global_moe_pre_dispatch", "global_moe", "global_moe_post_dispatch",
            "swa_dense_attn_norm", "swa_dense_qkv_gemm", "attention", "swa_dense_proj_gemm", "swa_dense_ffn_norm",
            "swa_dense_gate_up_gemm", "swa_dense_act", "swa_dense_down_gemm",
            "logits_gemm", "p2p",
        ];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Context.Select(operation => operation.Name), Is.EqualTo(names));
            Assert.That(lists.Generation.Select(operation => operation.Name), Is.EqualTo(names));
            Assert.That(
                lists.Context.OfType<ContextAttentionOperation>().Select(operation => (operation.Window, operation.Scale)), Is.EqualTo(new[] { (0, 24.0), (8192, 24.0) }));
        }
    }

    [Test]
    public void Without_dense_layers_all_are_of_experts()
    {
        var context = Build(EngineSamples.LlamaHybrid.Replace("\"interleave_moe_layer_step\": 2", "\"interleave_moe_layer_step\": 1", StringComparison.Ordinal)).Context;

        Assert.That(context.OfType<MoeOperation>().Select(operation => (operation.Name, operation.Scale)), Is.EqualTo(new[] { ("global_moe", 24.0), ("swa_moe", 24.0) }));
    }

    [Test]
    public void Every_third_layer_of_experts_makes_all_four_types()
    {
        var context = Build(EngineSamples.LlamaHybrid.Replace("\"interleave_moe_layer_step\": 2", "\"interleave_moe_layer_step\": 3", StringComparison.Ordinal)).Context;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                context.Where(operation => operation.Name.EndsWith("_attn_norm", StringComparison.Ordinal)).Select(operation => (operation.Name, operation.Scale)),
                Is.EqualTo(new[] { ("global_attn_norm", 8.0), ("swa_attn_norm", 8.0), ("swa_dense_attn_norm", 16.0), ("global_dense_attn_norm", 16.0) }));
            Assert.That(context.Select(operation => operation.Name), Does.Contain("global_dense_act").And.Contain("swa_dense_act"));
        }
    }

    [Test]
    public void Shapes_on_eight_ranks()
    {
        var context = Build(EngineSamples.LlamaHybrid).Context;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(context[0], Is.EqualTo(new EmbeddingOperation("embedding", 202048, 5120, 1)));
            Assert.That(
                context.OfType<MoeOperation>().Single(),
                Is.EqualTo(new MoeOperation("global_moe", 5120, 8192, 1, 128, 8, 1, 1, MoeQuantization.BFloat16, "power_law_1.01", 24)));
            Assert.That(context.OfType<MoeDispatchOperation>().Select(operation => operation.Quantization), Is.All.Null);
            Assert.That(
                context.Single(operation => operation.Name == "swa_dense_gate_up_gemm"),
                Is.EqualTo(new GemmOperation("swa_dense_gate_up_gemm", GemmQuantization.BFloat16, 4096, 5120, 24)));
            Assert.That(
                context.Single(operation => operation.Name == "swa_dense_down_gemm"),
                Is.EqualTo(new GemmOperation("swa_dense_down_gemm", GemmQuantization.BFloat16, 5120, 2048, 24, LowPrecisionInput: true)));
            Assert.That(
                context.Single(operation => operation.Name == "logits_gemm"),
                Is.EqualTo(new GemmOperation("logits_gemm", GemmQuantization.BFloat16, 25256, 5120, 1, Basis: TokenBasis.Sequences)));
        }
    }

    private static OperationLists Build(string configuration)
    {
        var engine = EngineSamples.Engine(configuration, EightRanks);
        return engine.Model.Family.BuildOperations(engine);
    }
}
