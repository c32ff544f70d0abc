using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Models;

/// <summary>Operation lists, layouts and memory of decoders with compressed keys and values (specification 5.4.5, 7).</summary>
internal sealed class MlaFamilyTests
{
    /// <summary>DeepSeek V3's dimensions in blocks of fp8.</summary>
    public const string DeepSeek = """
        { "architectures": ["DeepseekV3ForCausalLM"], "hidden_size": 7168, "intermediate_size": 18432, "kv_lora_rank": 512, "moe_intermediate_size": 2048,
          "n_routed_experts": 256, "num_attention_heads": 128, "num_experts_per_tok": 8, "num_hidden_layers": 61, "num_key_value_heads": 128,
          "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 129280,
          "quantization_config": { "quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic" } }
        """;

    private static readonly EngineLayout EightRanks = new(8, 1, 1, 1, 8);

    [Test]
    public void The_context_list_has_a_module_and_runs_shared_experts_before_routed_ones() => Assert.That(
        Build(DeepSeek).Context.Select(operation => operation.Name),
        Is.EqualTo(new[]
        {
            "embedding", "add_norm_1", "mla_block", "add_norm_2", "shared_gate_up_gemm", "shared_act_gate", "shared_ffn2_gemm",
            "router_gemm", "moe_pre_dispatch", "moe", "moe_post_dispatch", "logits_gemm", "tp_allreduce", "p2p",
        }));

    [Test]
    public void The_generation_list_runs_shared_experts_beside_routed_ones()
    {
        var generation = Build(DeepSeek).Generation;
        var overlap = generation.OfType<OverlapOperation>().Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                generation.Select(operation => operation.Name),
                Is.EqualTo(new[] { "embedding", "add_norm_1", "mla_block", "add_norm_2", "moe_overlap", "logits_gemm", "tp_allreduce", "p2p" }));
            Assert.That(overlap.First.Select(operation => operation.Name), Is.EqualTo(new[] { "router_gemm", "moe_pre_dispatch", "moe", "moe_post_dispatch" }));
            Assert.That(overlap.Second.Select(operation => operation.Name), Is.EqualTo(new[] { "shared_gate_up_gemm", "shared_act_gate", "shared_ffn2_gemm" }));
        }
    }

    [Test]
    public void Only_vLLM_pays_the_all_reduce_of_attention_beside_dispatch([Values(AicBackend.Sglang, AicBackend.TensorRtLlm)] AicBackend backend)
    {
        var allReduce = Build(DeepSeek).Context.OfType<AllReduceOperation>().Single();

        Assert.That(allReduce, Is.EqualTo(new AllReduceOperation("tp_allreduce", 7168, 8, 2 * 61)));
        Assert.That(Build(DeepSeek, backend).Context.OfType<AllReduceOperation>(), Is.Empty);
    }

    [Test]
    public void Behind_a_module_of_vLLM_stands_ordinary_attention_over_values_heads()
    {
        var lists = Build(DeepSeek);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Module(lists.Context), Is.EqualTo(new MlaContextModuleOperation(
                "mla_block", 16, 128, AttentionQuantization.BFloat16, KvCacheQuantization.Fp8, GemmQuantization.Fp8Block, 61)));
            Assert.That(Parts(lists.Context).Select(part => part.Name), Is.EqualTo(new[] { "downscale_gemm", "q_b_proj_gemm", "kv_b_proj_gemm", "attention", "proj_gemm" }));
            Assert.That(Parts(lists.Context)[3], Is.EqualTo(new ContextAttentionOperation(
                "attention", 16, 16, 128, 0, QkNorm: false, AttentionQuantization.BFloat16, KvCacheQuantization.Fp8, 61)));
            Assert.That(Parts(lists.Generation).Select(part => part.Name), Is.EqualTo(new[] { "downscale_gemm", "q_b_proj_gemm", "attention", "proj_gemm" }));
            Assert.That(Parts(lists.Generation)[2], Is.EqualTo(new GenerationAttentionOperation("attention", 16, 16, 128, 0, KvCacheQuantization.Fp8, 61)));
        }
    }

    [Test]
    public void Behind_a_module_of_other_backends_stand_kernels_of_128_heads_whatever_the_model_has()
    {
        var kimi = ConfigurationText.Merge(DeepSeek, """{ "num_attention_heads": 64, "num_key_value_heads": 64, "n_routed_experts": 384 }""");
        var lists = Build(kimi, AicBackend.Sglang);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Module(lists.Generation), Is.EqualTo(new MlaGenerationModuleOperation("mla_block", 8, 64, KvCacheQuantization.Fp8, GemmQuantization.Fp8Block, 61)));
            Assert.That(Parts(lists.Context)[3], Is.EqualTo(new ContextMlaOperation("attention", 16, AttentionQuantization.Fp8, KvCacheQuantization.Fp8, 61)));
            Assert.That(Parts(lists.Generation).Skip(2).Take(3), Is.EqualTo(new Operation[]
            {
                new MlaBmmOperation("bmm_pre", MlaBmmStage.Pre, 8, GemmQuantization.Fp8, 61),
                new GenerationMlaOperation("attention", 16, KvCacheQuantization.Fp8, 61),
                new MlaBmmOperation("bmm_post", MlaBmmStage.Post, 8, GemmQuantization.Fp8, 61),
            }));
        }
    }

    [Test]
    public void Projections_have_the_sizes_that_AIC_states_whatever_the_configuration_says() => Assert.That(
        Parts(Build(DeepSeek).Context).OfType<GemmOperation>().Select(gemm => (gemm.Name, gemm.N, gemm.K, gemm.LowPrecisionInput)),
        Is.EqualTo(new[]
        {
            ("downscale_gemm", 2112L, 7168L, false), ("q_b_proj_gemm", 3072L, 1536L, false), ("kv_b_proj_gemm", 4096L, 512L, false), ("proj_gemm", 7168L, 2048L, false),
        }));

    [Test]
    public void Projections_of_different_formats_are_listed_one_by_one()
    {
        var lists = Build(Excluding("\"self_attn.o_proj\""));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lists.Context.Concat(lists.Generation).OfType<FallbackOperation>(), Is.Empty);
            Assert.That(
                lists.Context.Skip(2).Take(5).Select(operation => operation.Name),
                Is.EqualTo(new[] { "downscale_gemm", "q_b_proj_gemm", "kv_b_proj_gemm", "attention", "proj_gemm" }));
            Assert.That(Formats(lists.Context), Is.EqualTo(("fp8_block", "fp8_block", "fp8_block", "bfloat16")));
        }
    }

    [TestCase("\"q_a_proj\"", "fp8_block", "bfloat16", "fp8_block", "fp8_block")]
    [TestCase("\"kv_b_proj\"", "fp8_block", "fp8_block", "bfloat16", "fp8_block")]
    [TestCase("\"q_b_proj\", \"kv_a_proj\"", "bfloat16", "bfloat16", "bfloat16", "fp8_block")]
    public void The_first_projection_is_in_16_bits_only_where_those_of_queries_and_of_keys_are(string patterns, string down, string query, string keyValue, string output) =>
        Assert.That(Formats(Build(Excluding(patterns)).Context), Is.EqualTo((down, query, keyValue, output)));

    [Test]
    public void Attention_left_in_16_bits_as_a_whole_is_a_module_again()
    {
        var lists = Build(Excluding("\"model.layers.*.self_attn\""));

        Assert.That(((MlaContextModuleOperation)Module(lists.Context)).Gemm, Is.EqualTo(GemmQuantization.BFloat16));
        Assert.That(((MlaGenerationModuleOperation)Module(lists.Generation)).Gemm, Is.EqualTo(GemmQuantization.BFloat16));
    }

    [Test]
    public void Shared_experts_are_in_16_bits_where_the_checkpoint_leaves_them_so_unless_a_format_is_stated()
    {
        var engine = EngineSamples.Engine(Excluding("\"mlp.shared_experts\""), EightRanks);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Shared(engine), Is.EqualTo(GemmQuantization.BFloat16));
            Assert.That(Shared(engine with { IsGemmFormatStated = true }), Is.EqualTo(GemmQuantization.Fp8Block));
            Assert.That(Shared(EngineSamples.Engine(DeepSeek, EightRanks)), Is.EqualTo(GemmQuantization.Fp8Block));
        }

        static GemmQuantization Shared(EngineSpecification engine) =>
            engine.Model.Family.BuildOperations(engine).Context.OfType<GemmOperation>().Single(gemm => gemm.Name == "shared_ffn2_gemm").Quantization;
    }

    [Test]
    public void Drafts_scale_the_generation_list_and_what_it_consists_of()
    {
        var engine = EngineSamples.Engine(DeepSeek, EightRanks, draftTokens: 1);
        var generation = engine.Model.Family.BuildOperations(engine).Generation;

        Assert.That(generation[0].Scale, Is.EqualTo(62 / 61.0));
        Assert.That(Module(generation).Scale, Is.EqualTo(61 * (62 / 61.0)));
        Assert.That(generation.OfType<OverlapOperation>().Single().Second.Select(operation => operation.Scale), Is.All.EqualTo(61 * (62 / 61.0)));
    }

    [Test]
    public void A_token_of_the_cache_is_one_compressed_row_a_layer_whatever_the_ranks([Values(1, 8)] int tp)
    {
        var engine = EngineSamples.Engine(DeepSeek, new EngineLayout(tp, 1, 8 / tp, 1, 8));

        Assert.That(engine.Model.Family.KvCacheBytesPerToken(engine), Is.EqualTo(61 * 576));
        Assert.That(engine.Model.Family.KvCacheTokens(engine, 61 * 576 * 10.5), Is.EqualTo(10));
    }

    [TestCase(AicBackend.Vllm, 7168)]
    [TestCase(AicBackend.Sglang, 7168)]
    public void Experts_buffers_grow_with_attention_ranks_and_shrink_with_those_of_experts(AicBackend backend, double width)
    {
        var engine = EngineSamples.Engine(DeepSeek, new EngineLayout(2, 1, 4, 2, 4), backend);

        Assert.That(engine.Model.Family.ExpertActivationBytesPerToken(engine), Is.EqualTo(width * 4 * 256 * 8 / 4 / 128 * 4));
    }

    [Test]
    public void Kernels_cannot_be_split_over_more_ranks_than_they_have_heads()
    {
        var wide = ConfigurationText.Merge(DeepSeek, """{ "num_attention_heads": 256, "num_key_value_heads": 256, "hidden_size": 7168 }""");

        Assert.That(
            () => LayoutRules.Check(EngineSamples.Engine(wide, new EngineLayout(256, 1, 1, 1, 256))),
            Throws.TypeOf<InvalidLayoutException>().With.Message.Contains("num_attention_heads 128 cannot be split over tp 256"));
    }

    private static string Excluding(string patterns) => ConfigurationText.Merge(
        DeepSeek,
        $$"""{ "quantization_config": { "quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic", "modules_to_not_convert": [{{patterns}}] } }""");

    private static OperationLists Build(string configuration, AicBackend backend = AicBackend.Vllm)
    {
        var engine = EngineSamples.Engine(configuration, EightRanks, backend);
        return engine.Model.Family.BuildOperations(engine);
    }

    private static Operation Module(IReadOnlyList<Operation> list) => list.OfType<FallbackOperation>().Single().Primary;

    private static IReadOnlyList<Operation> Parts(IReadOnlyList<Operation> list) => list.OfType<FallbackOperation>().Single().Parts;

    private static (string Down, string Query, string KeyValue, string Output) Formats(IReadOnlyList<Operation> list)
    {
        return (Of("downscale_gemm"), Of("q_b_proj_gemm"), Of("kv_b_proj_gemm"), Of("proj_gemm"));

        string Of(string name) => list.OfType<GemmOperation>().Single(gemm => gemm.Name == name).Quantization.Name;
    }
}
