using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>
/// Llama 4 (specification 5.4.4): layers with a window and layers without, layers of experts and dense ones, counted by type. There is no
/// all-reduce after embedding and dense layers, and no shared expert.
/// </summary>
internal sealed class HybridMoeFamily : ModelFamily
{
    public static readonly HybridMoeFamily Instance = new();

    private const string Distribution = "power_law_1.01";

    private HybridMoeFamily()
    {
    }

    public override string Name => "HYBRIDMOE";

    public override IReadOnlyList<string> Architectures { get; } = ["Llama4ForConditionalGeneration"];

    public override bool HasExperts => true;

    public override FamilyDetails ReadDetails(LanguageFields fields)
    {
        var step = (int)(fields.Optional(1, LanguageFields.LargestCount, "interleave_moe_layer_step") ?? 1);
        var dense = fields.Optional(0, LanguageFields.LargestSize, "intermediate_size_mlp") ?? 0;
        if (step > 1 && dense == 0)
        {
            throw fields.Root.Error("intermediate_size_mlp", "is missing or 0; a model with dense layers between those of experts needs it");
        }

        return new HybridMoeDetails(step, (int)(fields.Optional(0, LanguageFields.LargestSize, "attention_chunk_size") ?? 0), dense);
    }

    public override void CheckLayout(EngineSpecification engine)
    {
        LayoutRules.CheckExpertSplit(engine);
        if (Details(engine) is { ExpertStep: > 1 } details)
        {
            LayoutRules.CheckShare("intermediate_size_mlp", details.DenseIntermediateSize, engine.Layout.TensorParallel);
        }
    }

    public override OperationLists BuildOperations(EngineSpecification engine) => new(
        [.. Build(engine, StepPhase.Context, 1)],
        [.. Build(engine, StepPhase.Generation, engine.DraftScale)]);

    public override double ActivationFactor(AicBackend backend, int tensorParallelClass)
    {
        ReadOnlySpan<double> factors = backend == AicBackend.Sglang ? [13, 8, 6.5, 6.5] : [10, 6, 5, 5];
        return factors[tensorParallelClass];
    }

    private static HybridMoeDetails Details(EngineSpecification engine) => (HybridMoeDetails)engine.Model.Details!;

    private static IEnumerable<Operation> Build(EngineSpecification engine, StepPhase phase, double factor)
    {
        var model = engine.Model;
        var (tp, pp) = (engine.Layout.TensorParallel, engine.Layout.PipelineParallel);
        var (hidden, window) = (model.HiddenSize, Details(engine).Window);
        yield return new EmbeddingOperation("embedding", model.VocabularySize, hidden, factor);
        foreach (var (prefix, isGlobal, hasExperts) in new[] { ("global", true, true), ("swa", false, true), ("swa_dense", false, false), ("global_dense", true, false) })
        {
            var layers = Count(engine, isGlobal, hasExperts);
            if (layers == 0)
            {
                continue;
            }

            foreach (var operation in Attention(engine, phase, prefix, isGlobal ? 0 : window, layers * factor))
            {
                yield return operation;
            }

            yield return new ElementwiseOperation(hasExperts ? $"{prefix}_moe_norm" : $"{prefix}_ffn_norm", 2 * hidden, 2 * hidden, layers * factor);
            foreach (var operation in hasExperts
                ? ExpertOperations.Build(engine, $"{prefix}_", Distribution, null, layers * factor)
                : Dense(engine, isGlobal ? "global" : "swa", layers * factor))
            {
                yield return operation;
            }
        }

        yield return new GemmOperation(
            "logits_gemm", GemmQuantization.BFloat16, model.VocabularySize / tp, hidden, factor,
            Basis: phase == StepPhase.Context ? TokenBasis.Sequences : TokenBasis.Tokens);
        yield return new PointToPointOperation("p2p", hidden, pp, (pp - 1) * factor);
    }

    /// <summary>Odd layers attend globally; experts end every step of layers.</summary>
    private static int Count(EngineSpecification engine, bool isGlobal, bool hasExperts)
    {
        var step = Details(engine).ExpertStep;
        var count = 0;
        for (var layer = 0; layer < engine.Model.Layers; layer++)
        {
            count += (layer % 2 == 1) == isGlobal && ((layer + 1) % step == 0) == hasExperts ? 1 : 0;
        }

        return count;
    }

    private static IEnumerable<Operation> Attention(EngineSpecification engine, StepPhase phase, string prefix, int window, double scale)
    {
        var (model, modes) = (engine.Model, engine.Quantization);
        var queryColumns = model.Heads * (long)model.HeadSize / engine.Layout.TensorParallel;
        var keyValueColumns = (long)model.HeadSize * engine.KvHeadsPerRank * 2;
        yield return new ElementwiseOperation($"{prefix}_attn_norm", 2 * model.HiddenSize, 2 * model.HiddenSize, scale);
        yield return new GemmOperation($"{prefix}_qkv_gemm", modes.Gemm, queryColumns + keyValueColumns, model.HiddenSize, scale);
        yield return AttentionOperations.Build(engine, phase, window, scale);
        yield return new GemmOperation($"{prefix}_proj_gemm", modes.Gemm, model.HiddenSize, queryColumns, scale, LowPrecisionInput: true);
    }

    private static IEnumerable<Operation> Dense(EngineSpecification engine, string prefix, double scale)
    {
        var (model, modes) = (engine.Model, engine.Quantization);
        var width = Details(engine).DenseIntermediateSize / engine.Layout.TensorParallel;
        yield return new GemmOperation($"{prefix}_dense_gate_up_gemm", modes.Gemm, 2 * width, model.HiddenSize, scale);
        yield return new ElementwiseOperation($"{prefix}_dense_act", 2 * width, width, scale);
        yield return new GemmOperation($"{prefix}_dense_down_gemm", modes.Gemm, model.HiddenSize, width, scale, LowPrecisionInput: true);
    }
}
