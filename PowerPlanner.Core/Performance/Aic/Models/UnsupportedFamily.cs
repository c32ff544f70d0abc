namespace PowerPlanner.Performance.Aic.Models;

/// <summary>A family whose configurations can be read but whose operation lists are not built.</summary>
/// <param name="reason">Why not, for messages.</param>
internal sealed class UnsupportedFamily(string name, IReadOnlyList<string> architectures, string reason) : ModelFamily
{
    private readonly string _reason = reason;

    public override string Name => name;

    public override IReadOnlyList<string> Architectures => architectures;

    public override bool IsSupported => false;

    public override void CheckLayout(EngineSpecification engine) => throw NotSupported(engine);

    public override OperationLists BuildOperations(EngineSpecification engine) => throw NotSupported(engine);

    public override double ActivationFactor(AicBackend backend, int tensorParallelClass) =>
        throw new UnknownModelException($"Models of family {name} are not supported yet.");

    public static string Message(ModelDescription model) =>
        $"Architecture '{model.Architecture}' (family {model.Family.Name}) is not supported yet: {(model.Family as UnsupportedFamily)?._reason}; {ModelFamilies.KnownArchitectures}.";

    private static UnknownModelException NotSupported(EngineSpecification engine) => new(Message(engine.Model));
}
