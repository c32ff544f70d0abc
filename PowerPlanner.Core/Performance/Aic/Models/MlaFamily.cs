using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>
/// Decoders with compressed keys and values, routed experts and a shared one (specification 5.4.5): DeepSeek V3 and R1, Kimi K2. Every layer counts as
/// one of experts, the first dense ones too.
/// </summary>
internal sealed class MlaFamily : ModelFamily
{
    /// <summary>The second spelling is the older one.</summary>
    public static readonly MlaFamily DeepSeek = new("DEEPSEEK", ["DeepseekV3ForCausalLM", "DeepSeekForCausalLM"]);

    /// <summary>The same lists; its vision tower is not modelled.</summary>
    public static readonly MlaFamily KimiK25 = new("KIMIK25", ["KimiK25ForConditionalGeneration"]);

    private const string Distribution = "power_law_1.01";
    private const string Attention = "attention";

    // AIC's lists have these sizes as numbers, whatever the configuration says.
    private const long DownscaledColumns = 2112;
    private const long CompressedQuery = 1536;
    private const long CompressedKeyValue = 512;
    private const long QueryHead = 192;
    private const long KeyValueHead = 256;
    private const long OutputHead = 128;
    private const int KernelHeads = 128;

    private MlaFamily(string name, IReadOnlyList<string> architectures)
    {
        Name = name;
        Architectures = architectures;
    }

    public override string Name { get; }

    public override IReadOnlyList<string> Architectures { get; }

    public override bool HasExperts => true;

    public override ContextAttentionTable AttentionTable => new("context_mla_perf", "mla_dtype");

    public override FamilyDetails ReadDetails(LanguageFields fields) => new MlaDetails(
        (int?)fields.Optional(1, LanguageFields.LargestCount, "v_head_dim"),
        (int)(fields.Optional(1, LanguageFields.LargestCount, "kv_lora_rank") ?? 512),
        (int)(fields.Optional(1, LanguageFields.LargestCount, "qk_rope_head_dim") ?? 64));

    public override void CheckLayout(EngineSpecification engine)
    {
        LayoutRules.CheckExpertSplit(engine);
        LayoutRules.CheckShare("num_attention_heads", KernelHeads, engine.Layout.TensorParallel);
        LayoutRules.CheckShare("moe_intermediate_size", engine.Model.ExpertIntermediateSize, engine.Layout.TensorParallel);
    }

    public override OperationLists BuildOperations(EngineSpecification engine) => new(
        [.. Build(engine, StepPhase.Context, 1)],
        [.. Build(engine, StepPhase.Generation, engine.DraftScale)]);

    public override double ActivationFactor(AicBackend backend, int tensorParallelClass)
    {
        ReadOnlySpan<double> factors = backend == AicBackend.Sglang ? [28, 17, 13, 13] : [22, 13, 10, 10];
        return factors[tensorParallelClass];
    }

    /// <summary>Buffers for the tokens that the experts of one rank get.</summary>
    public override double ExpertActivationBytesPerToken(EngineSpecification engine)
    {
        var (model, layout) = (engine.Model, engine.Layout);
        var width = engine.Backend == AicBackend.Sglang ? model.HiddenSize : model.Heads * (double)model.HeadSize;
        return width * layout.AttentionDataParallel * model.Experts * model.ExpertsPerToken / layout.MoeExpertParallel / 128 * 4;
    }

    /// <summary>One compressed row a layer, which every rank holds whole.</summary>
    public override double KvCacheBytesPerToken(EngineSpecification engine) =>
        engine.Quantization.KvCache.BytesPerElement * engine.Model.Layers * (Details(engine).CompressedSize + Details(engine).RotarySize);

    private static MlaDetails Details(EngineSpecification engine) => (MlaDetails)engine.Model.Details!;

    private static IEnumerable<Operation> Build(EngineSpecification engine, StepPhase phase, double factor)
    {
        var model = engine.Model;
        var (tp, pp) = (engine.Layout.TensorParallel, engine.Layout.PipelineParallel);
        var hidden = model.HiddenSize;
        var everyLayer = model.Layers * factor;
        yield return new EmbeddingOperation("embedding", model.VocabularySize, hidden, factor);
        yield return new ElementwiseOperation("add_norm_1", 2 * hidden, 2 * hidden, everyLayer);
        foreach (var operation in AttentionBlock(engine, phase, everyLayer))
        {
            yield return operation;
        }

        yield return new ElementwiseOperation("add_norm_2", 2 * hidden, 2 * hidden, everyLayer);
        var shared = SharedExpert(engine, everyLayer);
        var routed = ExpertOperations.Build(engine, "", Distribution, engine.Quantization.Moe, everyLayer);
        if (phase == StepPhase.Generation)
        {
            yield return new OverlapOperation("moe_overlap", [.. routed], shared);
        }
        else
        {
            foreach (var operation in shared.Concat(routed))
            {
                yield return operation;
            }
        }

        yield return new GemmOperation(
            "logits_gemm", GemmQuantization.BFloat16, model.VocabularySize / tp, hidden, factor,
            Basis: phase == StepPhase.Context ? TokenBasis.Sequences : TokenBasis.Tokens);
        if (engine.Backend == AicBackend.Vllm)
        {
            yield return new AllReduceOperation("tp_allreduce", hidden, tp, 2 * everyLayer);
        }

        yield return new PointToPointOperation("p2p", hidden, pp, (pp - 1) * factor);
    }

    /// <summary>A measured module with its parts behind it; the parts alone where the projections differ in format.</summary>
    private static IReadOnlyList<Operation> AttentionBlock(EngineSpecification engine, StepPhase phase, double scale)
    {
        const string Block = "mla_block";
        var modes = engine.Quantization;
        var excluded = engine.Model.Quantization.ExcludedProjections;
        var (query, keyValue, output) = (Format(excluded.Query), Format(excluded.KeyValue), Format(excluded.Output));
        IReadOnlyList<Operation> parts = [.. Parts(engine, phase, query, keyValue, output, scale)];
        if (query != keyValue || query != output)
        {
            return parts;
        }

        Operation module = phase == StepPhase.Context
            ? new MlaContextModuleOperation(Block, engine.HeadsPerRank, engine.Model.Heads, modes.Attention, modes.KvCache, query, scale)
            : new MlaGenerationModuleOperation(Block, engine.HeadsPerRank, engine.Model.Heads, modes.KvCache, query, scale);
        return [new FallbackOperation(Block, module, parts)];

        GemmQuantization Format(bool isExcluded) => isExcluded ? GemmQuantization.BFloat16 : modes.Gemm;
    }

    private static IEnumerable<Operation> Parts(
        EngineSpecification engine, StepPhase phase, GemmQuantization query, GemmQuantization keyValue, GemmQuantization output, double scale)
    {
        var (model, modes, tp) = (engine.Model, engine.Quantization, engine.Layout.TensorParallel);
        var heads = (long)model.Heads;

        // One product makes the compressed queries and the compressed keys and values.
        var down = query == GemmQuantization.BFloat16 && keyValue == GemmQuantization.BFloat16 ? GemmQuantization.BFloat16 : modes.Gemm;
        yield return new GemmOperation("downscale_gemm", down, DownscaledColumns, model.HiddenSize, scale);
        yield return new GemmOperation("q_b_proj_gemm", query, heads * QueryHead / tp, CompressedQuery, scale);
        if (phase == StepPhase.Context)
        {
            yield return new GemmOperation("kv_b_proj_gemm", keyValue, heads * KeyValueHead / tp, CompressedKeyValue, scale);
        }

        foreach (var operation in Kernels(engine, phase, scale))
        {
            yield return operation;
        }

        yield return new GemmOperation("proj_gemm", output, model.HiddenSize, heads * OutputHead / tp, scale);
    }

    private static IEnumerable<Operation> Kernels(EngineSpecification engine, StepPhase phase, double scale)
    {
        var (model, modes, tp) = (engine.Model, engine.Quantization, engine.Layout.TensorParallel);
        var isContext = phase == StepPhase.Context;
        if (engine.Backend == AicBackend.Vllm)
        {
            var (kvHeads, headSize) = (model.KvHeads / tp, Details(engine).ValueHeadSize ?? model.HeadSize);
            yield return isContext
                ? new ContextAttentionOperation(Attention, engine.HeadsPerRank, kvHeads, headSize, 0, QkNorm: false, modes.Attention, modes.KvCache, scale)
                : new GenerationAttentionOperation(Attention, engine.HeadsPerRank, kvHeads, headSize, 0, modes.KvCache, scale);
            yield break;
        }

        // The kernels are asked for DeepSeek's head count whatever the model has, as AIC does.
        if (isContext)
        {
            yield return new ContextMlaOperation(Attention, KernelHeads / tp, modes.Attention, modes.KvCache, scale);
            yield break;
        }

        var product = modes.KvCache == KvCacheQuantization.BFloat16 || modes.Gemm == GemmQuantization.BFloat16 ? GemmQuantization.BFloat16 : GemmQuantization.Fp8;
        yield return new MlaBmmOperation("bmm_pre", MlaBmmStage.Pre, engine.HeadsPerRank, product, scale);
        yield return new GenerationMlaOperation(Attention, KernelHeads / tp, modes.KvCache, scale);
        yield return new MlaBmmOperation("bmm_post", MlaBmmStage.Post, engine.HeadsPerRank, product, scale);
    }

    private static Operation[] SharedExpert(EngineSpecification engine, double scale)
    {
        var model = engine.Model;
        var tp = engine.Layout.TensorParallel;
        var format = model.Quantization.SharedExpertsExcluded && !engine.IsGemmFormatStated ? GemmQuantization.BFloat16 : engine.Quantization.Gemm;
        var (up, width) = (2 * model.ExpertIntermediateSize / tp, model.ExpertIntermediateSize / tp);
        return
        [
            new GemmOperation("shared_gate_up_gemm", format, up, model.HiddenSize, scale),
            new ElementwiseOperation("shared_act_gate", up, width, scale),
            new GemmOperation("shared_ffn2_gemm", format, model.HiddenSize, width, scale),
        ];
    }
}
