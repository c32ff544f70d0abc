using PowerPlanner.Performance;

namespace PowerPlanner.Cli.Replay;

/// <summary>A model whose names exist but whose tables have nothing for the engine: it fails as one that has no data, with the reason of its making.</summary>
internal sealed class SilentModel(string reason) : IPerformanceModel
{
    public double? NameplateWatts => null;

    public long KvCapacityTokens => 0;

    public StepEstimate EstimatePrefill(PrefillQuery query) => throw new NoPerformanceDataException(reason);

    public StepEstimate EstimateDecode(DecodeQuery query) => throw new NoPerformanceDataException(reason);
}
