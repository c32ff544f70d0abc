namespace PowerPlanner.Performance.Aic.Models;

/// <summary>Dense decoders with a gated feed-forward layer (specification 5.4.1).</summary>
internal sealed class LlamaFamily : ModelFamily
{
    public static readonly LlamaFamily Instance = new();

    private LlamaFamily()
    {
    }

    public override string Name => "LLAMA";

    public override IReadOnlyList<string> Architectures { get; } = ["LlamaForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM", "MiMoForCausalLM"];

    public override IReadOnlyList<string> QkNormArchitectures { get; } = ["Qwen3ForCausalLM"];

    public override bool AllowsContextParallel => true;

    public override void CheckLayout(EngineSpecification engine) => LayoutRules.CheckDenseSplit(engine);

    public override OperationLists BuildOperations(EngineSpecification engine)
    {
        var layers = engine.Model.Layers;
        return new OperationLists(
            DenseOperations.Build(engine, DenseOperations.Gated, StepPhase.Context, layers, 1),
            DenseOperations.Build(engine, DenseOperations.Gated, StepPhase.Generation, layers, engine.DraftScale));
    }

    public override double ActivationFactor(AicBackend backend, int tensorParallelClass)
    {
        ReadOnlySpan<double> factors = backend == AicBackend.Sglang ? [14, 8.5, 6.5, 6.5] : [11, 6.5, 5, 5];
        return factors[tensorParallelClass];
    }
}
