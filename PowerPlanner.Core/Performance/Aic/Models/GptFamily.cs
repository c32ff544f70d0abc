namespace PowerPlanner.Performance.Aic.Models;

/// <summary>
/// Dense decoders with a plain feed-forward layer (specification 5.4.2). No architecture maps to it: it is chosen by name.
/// Speculation does not scale its generation list.
/// </summary>
internal sealed class GptFamily : ModelFamily
{
    public static readonly GptFamily Instance = new();

    private GptFamily()
    {
    }

    public override string Name => "GPT";

    public override IReadOnlyList<string> Architectures { get; } = [];

    public override int? DefaultHeadSize => 128;

    public override bool AllowsContextParallel => true;

    public override void CheckLayout(EngineSpecification engine) => LayoutRules.CheckDenseSplit(engine);

    public override OperationLists BuildOperations(EngineSpecification engine)
    {
        var layers = engine.Model.Layers;
        return new OperationLists(
            DenseOperations.Build(engine, DenseOperations.Plain, StepPhase.Context, layers, 1),
            DenseOperations.Build(engine, DenseOperations.Plain, StepPhase.Generation, layers, 1));
    }

    public override double ActivationFactor(AicBackend backend, int tensorParallelClass)
    {
        ReadOnlySpan<double> factors = backend == AicBackend.Sglang ? [13, 8, 6.5, 6.5] : [10, 6, 5, 5];
        return factors[tensorParallelClass];
    }
}
