namespace PowerPlanner.Performance.Aic.Models;

/// <summary>A family whose configurations can be read but whose operation lists are not built.</summary>
internal sealed class UnsupportedFamily(string name, IReadOnlyList<string> architectures) : ModelFamily
{
    public override string Name => name;

    public override IReadOnlyList<string> Architectures => architectures;

    public override bool IsSupported => false;

    public override void CheckLayout(EngineSpecification engine) => throw NotSupported(engine);

    public override OperationLists BuildOperations(EngineSpecification engine) => throw NotSupported(engine);

    public override double ActivationFactor(AicBackend backend, int tensorParallelClass) =>
        throw new UnknownModelException($"Models of family {name} are not supported yet.");

    private UnknownModelException NotSupported(EngineSpecification engine) =>
        new($"Architecture '{engine.Model.Architecture}' (family {name}) is not supported yet; {ModelFamilies.KnownArchitectures}.");
}
