using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic;

/// <summary>Models, systems and engines with the figures that the specification works its examples with.</summary>
internal static class EngineSamples
{
    public const string Qwen3Dense = """
        { "architectures": ["Qwen3ForCausalLM"], "head_dim": 128, "hidden_size": 5120, "intermediate_size": 25600, "max_position_embeddings": 40960,
          "num_attention_heads": 64, "num_hidden_layers": 64, "num_key_value_heads": 8, "vocab_size": 151936 }
        """;

    public const string LlamaSmall = """
        { "architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32,
          "num_hidden_layers": 32, "num_key_value_heads": 8, "vocab_size": 128256 }
        """;

    public const string LlamaLarge = """
        { "architectures": ["LlamaForCausalLM"], "hidden_size": 8192, "intermediate_size": 28672, "num_attention_heads": 64,
          "num_hidden_layers": 80, "num_key_value_heads": 8, "vocab_size": 128256 }
        """;

    public const string QwenExperts = """
        { "architectures": ["Qwen3MoeForCausalLM"], "head_dim": 128, "hidden_size": 2048, "intermediate_size": 6144, "moe_intermediate_size": 768,
          "num_attention_heads": 32, "num_experts": 128, "num_experts_per_tok": 8, "num_hidden_layers": 48, "num_key_value_heads": 4, "vocab_size": 151936 }
        """;

    public const string GptOss = """
        { "architectures": ["GptOssForCausalLM"], "head_dim": 64, "hidden_size": 2880, "intermediate_size": 2880, "num_attention_heads": 64,
          "num_experts_per_tok": 4, "num_hidden_layers": 25, "num_key_value_heads": 8, "num_local_experts": 32, "vocab_size": 201088,
          "quantization_config": { "quant_method": "mxfp4" } }
        """;

    /// <summary>Dense layers between those of experts, as in the larger Llama 4.</summary>
    public const string LlamaHybrid = """
        { "architectures": ["Llama4ForConditionalGeneration"],
          "text_config": { "attention_chunk_size": 8192, "head_dim": 128, "hidden_size": 5120, "interleave_moe_layer_step": 2, "intermediate_size": 8192,
                           "intermediate_size_mlp": 16384, "num_attention_heads": 40, "num_experts_per_tok": 1, "num_hidden_layers": 48,
                           "num_key_value_heads": 8, "num_local_experts": 128, "vocab_size": 202048 } }
        """;

    private static readonly Dictionary<int, double> NcclMemory = new() { [1] = 0, [2] = 358612992, [4] = 411041792, [8] = 411041792 };

    /// <summary>The H200's figures of specification 1.1.</summary>
    public static AicSystem H200 { get; } = System("h200_sxm", 151397597184, 90);

    /// <summary>A system with the memory of specification 1.1 and otherwise the figures of the H200.</summary>
    public static AicSystem System(string name, double memoryCapacity, int? smVersion) => new()
    {
        Name = name,
        MemoryBandwidth = 4.8e12,
        MemoryBandwidthScaling = 0.8,
        MemoryConstantLatencySeconds = 3e-6,
        MemoryCapacity = memoryCapacity,
        TensorCoreFlops = new Dictionary<TensorCoreFormat, double>
        {
            [TensorCoreFormat.BFloat16] = 989e12,
            [TensorCoreFormat.Int8] = 1978e12,
            [TensorCoreFormat.Fp8] = 1978e12,
        },
        PowerWatts = 700,
        SmVersion = smVersion,
        GpusPerNode = 8,
        IntraNodeBandwidth = 450e9,
        InterNodeBandwidth = 50e9,
        PointToPointLatencySeconds = 1e-5,
        NcclMemory = NcclMemory,
        OtherMemory = 3758096384,
    };

    public static EngineSpecification Engine(
        string configuration = Qwen3Dense,
        EngineLayout? layout = null,
        AicBackend backend = AicBackend.Vllm,
        string version = "0.22.0",
        AicSystem? system = null,
        int draftTokens = 0,
        string? family = null)
    {
        var model = ModelConfiguration.Parse(configuration, family: family).Description;
        return new EngineSpecification
        {
            Model = model,
            Layout = layout ?? new EngineLayout(8),
            Quantization = QuantizationInference.Infer(model, QuantizationSettings.Inferred, backend),
            Backend = backend,
            BackendVersion = version,
            System = system ?? H200,
            DraftTokens = draftTokens,
        };
    }
}
