using System.Buffers;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Performance.Aic;

/// <summary>
/// The planner's view of an <see cref="AicEngine"/>: one context step of a batch for TTFT, one decode step for ITL, the KV capacity for steps of
/// <see cref="AicEngine.DefaultMaxNumTokens"/> tokens. AIC's own factors apply in <see cref="EstimateAggregated"/> alone. Thread-safe.
/// </summary>
public sealed class AicPerformanceModel : IAggregatedPerformanceModel, ICapAwarePerformanceModel
{
    private readonly AicEngine _engine;

    /// <summary>Looks at an engine as the planner does.</summary>
    /// <exception cref="NoPerformanceDataException">The model's configuration states no KV heads, so that its KV capacity is unknown.</exception>
    public AicPerformanceModel(AicEngine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
        KvCapacityTokens = engine.MaximumKvTokens() ?? 0;
    }

    /// <summary>The engine.</summary>
    public AicEngine Engine => _engine;

    /// <inheritdoc/>
    public double? NameplateWatts => _engine.NameplateWatts;

    /// <inheritdoc/>
    public long KvCapacityTokens { get; }

    /// <inheritdoc/>
    public StepEstimate EstimatePrefill(PrefillQuery query)
    {
        QueryGuard.Check(query);
        return Step(_engine.Steps.Context(query.Batch, query.Isl, query.Prefix));
    }

    /// <inheritdoc/>
    /// <remarks>Under speculation the step's time is shared by the tokens that it makes of each sequence.</remarks>
    public StepEstimate EstimateDecode(DecodeQuery query)
    {
        QueryGuard.Check(query);
        return Step(_engine.Steps.Decode(query.Batch, query.ContextTokens) * (1 / _engine.Progress));
    }

    /// <inheritdoc/>
    public void EstimateDecodeSweep(long contextTokens, Span<StepEstimate> estimates)
    {
        QueryGuard.Check(new DecodeQuery(1, contextTokens));
        var costs = ArrayPool<OperationCost>.Shared.Rent(estimates.Length);
        _engine.Steps.SweepDecode(contextTokens, costs.AsSpan(0, estimates.Length));
        for (var i = 0; i < estimates.Length; i++)
        {
            estimates[i] = double.IsNaN(costs[i].LatencyMs) ? StepEstimate.NoData : Step(costs[i] * (1 / _engine.Progress));
        }

        ArrayPool<OperationCost>.Shared.Return(costs);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A mixed step prefills one input length of tokens, AIC's default. Whether the batch fits is the caller's matter
    /// (<see cref="KvCapacityTokens"/>); <see cref="AicEngine.EstimateAggregated"/> tests it as AIC does.
    /// </remarks>
    public AggregatedEstimate EstimateAggregated(AggregatedQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Batch, 1, "query.Batch");
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Isl, 1, "query.Isl");
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Osl, 1, "query.Osl");
        var cycle = _engine.ComposeAggregated(query.Batch, query.Isl, query.Osl);
        return new AggregatedEstimate(cycle.TtftMs, cycle.ItlMs, cycle.RequestsPerSecond);
    }

    /// <inheritdoc/>
    /// <remarks>By the speed of light of each operation (AIC's own formulas); copies and collectives count as memory-bound.</remarks>
    public StepBalance BalancePrefill(PrefillQuery query)
    {
        QueryGuard.Check(query);
        return _engine.Steps.ContextBalance(query.Batch, query.Isl, query.Prefix);
    }

    /// <inheritdoc/>
    public StepBalance BalanceDecode(DecodeQuery query)
    {
        QueryGuard.Check(query);
        var balance = default(StepBalance);
        _engine.Steps.SweepDecodeBalance(query.ContextTokens, query.Batch, new Span<StepBalance>(ref balance));
        return balance;
    }

    /// <inheritdoc/>
    public void BalanceDecodeSweep(long contextTokens, Span<StepBalance> balances)
    {
        QueryGuard.Check(new DecodeQuery(1, contextTokens));
        _engine.Steps.SweepDecodeBalance(contextTokens, firstBatch: 1, balances);
    }

    private static StepEstimate Step(OperationCost cost)
    {
        var estimate = AicPhaseEstimate.Of(cost);
        return new StepEstimate(estimate.LatencyMs, estimate.ActivePowerWatts, estimate.ActivePowerWatts is null ? 0 : estimate.PowerCoverage, estimate.Provenance);
    }
}
