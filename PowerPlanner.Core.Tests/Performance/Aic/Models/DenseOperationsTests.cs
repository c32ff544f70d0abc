using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Models;

internal sealed class DenseOperationsTests
{
    private static readonly string[] LlamaNames =
    [
        "embedding", "add_norm_1", "qkv_gemm", "attention", "proj_gemm", "add_norm_2", "gate_ffn1_gemm", "act_gate", "ffn2_gemm", "logits_gemm",
        "embedding_ar", "ar_1", "ar_2", "p2p",
    ];

    [Test]
    public void Both_phases_run_the_list_of_the_LLAMA_family_in_its_order()
    {
        var lists = Build(EngineSamples.Engine());

        Assert.Multiple(() =>
        {
            Assert.That(lists.Context.Select(operation => operation.Name), Is.EqualTo(LlamaNames));
            Assert.That(lists.Generation.Select(operation => operation.Name), Is.EqualTo(LlamaNames));
        });
    }

    // Specification 9.1, "shapes for checking".
    [TestCase("qkv_gemm", 1280, 5120, 64)]
    [TestCase("proj_gemm", 5120, 1024, 64)]
    [TestCase("gate_ffn1_gemm", 6400, 5120, 64)]
    [TestCase("ffn2_gemm", 5120, 3200, 64)]
    [TestCase("logits_gemm", 18992, 5120, 1)]
    public void Matrix_shapes_of_Qwen3_32B_on_eight_ranks(string name, long n, long k, double scale)
    {
        var gemm = Find<GemmOperation>(Build(EngineSamples.Engine()).Context, name);

        Assert.That((gemm.N, gemm.K, gemm.Scale), Is.EqualTo((n, k, scale)));
    }

    [Test]
    public void Other_shapes_of_Qwen3_32B_on_eight_ranks()
    {
        var context = Build(EngineSamples.Engine()).Context;

        Assert.Multiple(() =>
        {
            Assert.That(Find<EmbeddingOperation>(context, "embedding"), Is.EqualTo(new EmbeddingOperation("embedding", 18992, 5120, 1)));
            Assert.That(Find<ElementwiseOperation>(context, "add_norm_1"), Is.EqualTo(new ElementwiseOperation("add_norm_1", 10240, 10240, 64)));
            Assert.That(Find<ElementwiseOperation>(context, "act_gate"), Is.EqualTo(new ElementwiseOperation("act_gate", 6400, 3200, 64)));
            Assert.That(
                Find<ContextAttentionOperation>(context, "attention"),
                Is.EqualTo(new ContextAttentionOperation("attention", 8, 1, 128, 0, true, AttentionQuantization.BFloat16, KvCacheQuantization.BFloat16, 64)));
            Assert.That(Find<AllReduceOperation>(context, "ar_1"), Is.EqualTo(new AllReduceOperation("ar_1", 5120, 8, 64)));
            Assert.That(Find<AllReduceOperation>(context, "embedding_ar").Scale, Is.EqualTo(1));
            Assert.That(Find<PointToPointOperation>(context, "p2p"), Is.EqualTo(new PointToPointOperation("p2p", 5120, 1, 0)));
        });
    }

    [Test]
    public void Logits_are_rows_of_sequences_in_a_context_step_and_of_tokens_in_a_generation_step()
    {
        var lists = Build(EngineSamples.Engine());

        Assert.That(
            (Find<GemmOperation>(lists.Context, "logits_gemm").Basis, Find<GemmOperation>(lists.Generation, "logits_gemm").Basis),
            Is.EqualTo((TokenBasis.Sequences, TokenBasis.Tokens)));
    }

    [Test]
    public void Low_precision_input_marks_the_two_projections_behind_a_quantized_operation() =>
        Assert.That(
            Build(EngineSamples.Engine()).Context.OfType<GemmOperation>().Where(gemm => gemm.LowPrecisionInput).Select(gemm => gemm.Name),
            Is.EqualTo(new[] { "proj_gemm", "ffn2_gemm" }));

    [Test]
    public void Logits_stay_in_16_bits_in_a_quantized_checkpoint()
    {
        var text = ConfigurationText.Merge(EngineSamples.Qwen3Dense, """{ "quantization_config": { "quant_method": "fp8", "weight_block_size": [128, 128] } }""");

        var gemms = Build(EngineSamples.Engine(text)).Context.OfType<GemmOperation>().ToDictionary(gemm => gemm.Name, gemm => gemm.Quantization.Name);

        Assert.That((gemms["qkv_gemm"], gemms["ffn2_gemm"], gemms["logits_gemm"]), Is.EqualTo(("fp8_block", "fp8_block", "bfloat16")));
    }

    [Test]
    public void Pipeline_stages_leave_the_layers_whole_and_add_transfers()
    {
        var context = Build(EngineSamples.Engine(layout: new EngineLayout(8, 4))).Context;

        Assert.That((Find<GemmOperation>(context, "qkv_gemm").Scale, Find<PointToPointOperation>(context, "p2p").Scale), Is.EqualTo((64, 3)));
    }

    [Test]
    public void Draft_tokens_scale_every_operation_of_the_generation_list()
    {
        var lists = Build(EngineSamples.Engine(layout: new EngineLayout(8, 2), draftTokens: 2));

        Assert.Multiple(() =>
        {
            Assert.That(lists.Generation.Select(operation => operation.Scale), Is.EqualTo(lists.Context.Select(operation => operation.Scale * (66.0 / 64))).Within(1e-12));
            Assert.That(Find<GemmOperation>(lists.Context, "logits_gemm").Scale, Is.EqualTo(1));
        });
    }

    [Test]
    public void Few_kv_heads_are_replicated_over_the_ranks()
    {
        var attention = Find<GenerationAttentionOperation>(Build(EngineSamples.Engine(layout: new EngineLayout(32))).Generation, "attention");

        Assert.That((attention.Heads, attention.KvHeads), Is.EqualTo((2, 1)));
    }

    [Test]
    public void Without_kv_heads_the_qkv_matrix_has_query_columns_only()
    {
        var text = ConfigurationText.Merge(EngineSamples.Qwen3Dense, """{ "num_key_value_heads": null }""");

        Assert.That(Find<GemmOperation>(Build(EngineSamples.Engine(text)).Context, "qkv_gemm").N, Is.EqualTo(1024));
    }

    [Test]
    public void The_GPT_family_has_no_gate_no_split_embedding_and_no_draft_scale()
    {
        var lists = Build(EngineSamples.Engine(family: "GPT", draftTokens: 1));

        Assert.Multiple(() =>
        {
            Assert.That(lists.Context.Select(operation => operation.Name), Is.EqualTo(LlamaNames.Where(name => name != "embedding_ar")));
            Assert.That(Find<EmbeddingOperation>(lists.Context, "embedding").VocabularySize, Is.EqualTo(151936));
            Assert.That(Find<GemmOperation>(lists.Context, "gate_ffn1_gemm").N, Is.EqualTo(3200));
            Assert.That(Find<ElementwiseOperation>(lists.Context, "act_gate"), Is.EqualTo(new ElementwiseOperation("act_gate", 3200, 3200, 64)));
            Assert.That(Find<GemmOperation>(lists.Generation, "qkv_gemm").Scale, Is.EqualTo(64));
        });
    }

    private static OperationLists Build(EngineSpecification engine)
    {
        LayoutRules.Check(engine);
        return engine.Model.Family.BuildOperations(engine);
    }

    private static T Find<T>(IEnumerable<Operation> operations, string name)
        where T : Operation => (T)operations.Single(operation => operation.Name == name);
}
