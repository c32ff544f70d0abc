using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>
/// Decoders whose every feed-forward layer is routed experts (specification 5.4.3): Mixtral, Qwen, MiniMax, and gpt-oss, half of whose layers attend
/// over a sliding window.
/// </summary>
internal sealed class MoeFamily : ModelFamily
{
    public static readonly MoeFamily Instance = new(["MixtralForCausalLM", "Qwen2MoeForCausalLM", "Qwen3MoeForCausalLM", "MiniMaxM2ForCausalLM"], window: 0);

    /// <summary>The same lists with two kinds of attention.</summary>
    public static readonly MoeFamily GptOss = new(["GptOssForCausalLM"], window: 128);

    private const string Distribution = "power_law_1.2";

    private readonly int _window;

    private MoeFamily(IReadOnlyList<string> architectures, int window)
    {
        Architectures = architectures;
        _window = window;
    }

    public override string Name => "MOE";

    public override IReadOnlyList<string> Architectures { get; }

    public override IReadOnlyList<string> QkNormArchitectures { get; } = ["Qwen3MoeForCausalLM", "MiniMaxM2ForCausalLM"];

    public override bool HasExperts => true;

    public override void CheckLayout(EngineSpecification engine) => LayoutRules.CheckExpertSplit(engine);

    public override OperationLists BuildOperations(EngineSpecification engine) => new(
        [.. Build(engine, StepPhase.Context, 1)],
        [.. Build(engine, StepPhase.Generation, engine.DraftScale)]);

    public override double ActivationFactor(AicBackend backend, int tensorParallelClass)
    {
        ReadOnlySpan<double> factors = backend == AicBackend.Sglang ? [28, 17, 13, 13] : [22, 13, 10, 10];
        return factors[tensorParallelClass];
    }

    /// <summary>Layers with a window keep no more tokens than it has.</summary>
    public override double KvCacheBytes(EngineSpecification engine, double sequenceTokens)
    {
        if (_window == 0)
        {
            return base.KvCacheBytes(engine, sequenceTokens);
        }

        var (windowed, full) = KvBytesPerToken(engine);
        return (windowed * Math.Min(sequenceTokens, _window)) + (full * sequenceTokens);
    }

    public override long KvCacheTokens(EngineSpecification engine, double bytes)
    {
        if (_window == 0 || bytes <= KvCacheBytes(engine, _window))
        {
            return base.KvCacheTokens(engine, bytes);
        }

        var (windowed, full) = KvBytesPerToken(engine);
        return (long)Math.Min(Math.Floor((bytes - (windowed * _window)) / full), long.MaxValue);
    }

    private static (double Windowed, double Full) KvBytesPerToken(EngineSpecification engine)
    {
        var model = engine.Model;
        var layer = engine.Quantization.KvCache.BytesPerElement * engine.KvHeadsPerRank * model.HeadSize * 2.0;
        var windowed = model.Layers / 2;
        return (layer * windowed, layer * (model.Layers - windowed));
    }

    private IEnumerable<Operation> Build(EngineSpecification engine, StepPhase phase, double factor)
    {
        var (model, modes) = (engine.Model, engine.Quantization);
        var (tp, pp) = (engine.Layout.TensorParallel, engine.Layout.PipelineParallel);
        var hidden = model.HiddenSize;
        var queryColumns = model.Heads * (long)model.HeadSize / tp;
        var keyValueColumns = (long)model.HeadSize * engine.KvHeadsPerRank * 2;
        var everyLayer = model.Layers * factor;

        if (_window > 0)
        {
            yield return AttentionOperations.Build(engine, phase, _window, everyLayer / 2);
        }

        yield return new EmbeddingOperation("embedding", model.VocabularySize / tp, hidden, factor);
        yield return new ElementwiseOperation("add_norm_1", 2 * hidden, 2 * hidden, everyLayer);
        yield return new GemmOperation("qkv_gemm", modes.Gemm, queryColumns + keyValueColumns, hidden, everyLayer);
        yield return AttentionOperations.Build(engine, phase, 0, _window > 0 ? everyLayer / 2 : everyLayer);
        yield return new GemmOperation("proj_gemm", modes.Gemm, hidden, queryColumns, everyLayer, LowPrecisionInput: true);
        yield return new ElementwiseOperation("add_norm_2", 2 * hidden, 2 * hidden, everyLayer);
        foreach (var operation in ExpertOperations.Build(engine, "", Distribution, modes.Moe, everyLayer))
        {
            yield return operation;
        }

        if (phase == StepPhase.Generation)
        {
            yield return new GemmOperation("logits_gemm", GemmQuantization.BFloat16, model.VocabularySize / tp, hidden, factor);
        }

        yield return new AllReduceOperation("embedding_ar", hidden, tp, factor);
        yield return new PointToPointOperation("p2p", hidden, pp, (pp - 1) * factor);
    }
}
