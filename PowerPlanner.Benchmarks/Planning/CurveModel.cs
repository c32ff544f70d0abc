using PowerPlanner.Performance;
using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Benchmarks.Planning;

/// <summary>
/// An engine whose step time rises linearly and whose draw saturates with the batch, like a large dense model on eight GPUs. Its
/// answers cost next to nothing, so that a benchmark measures the planner.
/// </summary>
internal sealed class CurveModel : ICapAwarePerformanceModel
{
    public double? NameplateWatts => 700;

    public long KvCapacityTokens { get; init; } = 3000L * 1200;

    public StepEstimate EstimatePrefill(PrefillQuery query) => new(query.Isl * 0.05, 603, 1, Provenance.Measured);

    public StepEstimate EstimateDecode(DecodeQuery query)
    {
        var batch = (double)query.Batch;
        return new StepEstimate(6 + (0.015 * batch), 260 + (400 * batch / (batch + 400)), 1, Provenance.Measured);
    }

    public void EstimateDecodeSweep(long contextTokens, Span<StepEstimate> estimates)
    {
        for (var i = 0; i < estimates.Length; i++)
        {
            estimates[i] = EstimateDecode(new DecodeQuery(i + 1, contextTokens));
        }
    }
    public StepBalance BalancePrefill(PrefillQuery query) => StepBalance.Uniform(1.95);

    /// <summary>Attention, which waits for memory, and multiplications that come to wait for the cores as the batch grows.</summary>
    public StepBalance BalanceDecode(DecodeQuery query) => StepBalance.Uniform(0.1).With(1, query.Batch / 400.0);
}
