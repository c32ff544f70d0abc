using PowerPlanner.Performance;
using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Tests.Planning;

/// <summary>A step of a made-up engine: how long it takes, what it draws (null = unknown), and its compute over its memory time.</summary>
internal sealed record GridStep(double LatencyMs, double? PowerWatts, double ComputeToMemory)
{
    public StepEstimate Estimate { get; } = new(LatencyMs, PowerWatts, PowerWatts is null ? 0 : 1, Provenance.Modelled);

    public StepBalance Balance { get; } = StepBalance.Uniform(ComputeToMemory);
}

/// <summary>One prefill step and a decode step for each batch, which answer for caps.</summary>
internal sealed class GridModel(GridStep prefill, GridStep[] decode, double? nameplateWatts, long kvTokens) : ICapAwarePerformanceModel
{
    public GridStep Prefill => prefill;

    public GridStep[] Decode => decode;

    public double? NameplateWatts => nameplateWatts;

    public long KvCapacityTokens => kvTokens;

    public StepEstimate EstimatePrefill(PrefillQuery query) => prefill.Estimate;

    public StepEstimate EstimateDecode(DecodeQuery query) => decode[query.Batch - 1].Estimate;

    public StepBalance BalancePrefill(PrefillQuery query) => prefill.Balance;

    public StepBalance BalanceDecode(DecodeQuery query) => decode[query.Batch - 1].Balance;
}
