using System.Collections.Immutable;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Performance.PowerScaling;
using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Replay;

/// <summary>A model with faults in front: the first question of each sweep, the one for prefill, may strike one. All else is the model's own.</summary>
internal class FaultyModel : IPerformanceModel
{
    private readonly IPerformanceModel _inner;
    private readonly ReplayFaults _faults;

    private FaultyModel(IPerformanceModel inner, ReplayFaults faults)
    {
        _inner = inner;
        _faults = faults;
    }

    public double? NameplateWatts => _inner.NameplateWatts;

    public long KvCapacityTokens => _inner.KvCapacityTokens;

    /// <summary>The problem with faults in front of the model that a sweep asks first.</summary>
    public static PlanningProblem In(PlanningProblem problem, ReplayFaults faults) => problem with
    {
        PrefillEngine = Around(problem.PrefillEngine, faults),
        AggregatedEngine = Around(problem.AggregatedEngine, faults),
    };

    public StepEstimate EstimatePrefill(PrefillQuery query)
    {
        _faults.BeginSweep();
        return _inner.EstimatePrefill(query);
    }

    public StepEstimate EstimateDecode(DecodeQuery query) => _inner.EstimateDecode(query);

    public void EstimateDecodeSweep(long contextTokens, Span<StepEstimate> estimates) => _inner.EstimateDecodeSweep(contextTokens, estimates);

    // A planner looks for what a model can do besides, so the wrapper must be able to do the same.
    private static PlanningEngine? Around(PlanningEngine? engine, ReplayFaults faults) => engine is null ? null : new PlanningEngine(
        engine.Model switch
        {
            IListedPerformanceModel listed => new Listed(listed, faults),
            IAggregatedPerformanceModel aggregated => new Aggregated(aggregated, faults),
            ICapAwarePerformanceModel aware => new CapAware(aware, faults),
            var model => new FaultyModel(model, faults),
        },
        engine.Layout);

    private sealed class Listed(IListedPerformanceModel inner, ReplayFaults faults) : FaultyModel(inner, faults), IListedPerformanceModel
    {
        private readonly IListedPerformanceModel _listed = inner;

        public ImmutableArray<TablePrefillPoint> PrefillPoints
        {
            get
            {
                _faults.BeginSweep();
                return _listed.PrefillPoints;
            }
        }

        public ImmutableArray<TableDecodePoint> DecodePoints => _listed.DecodePoints;
    }

    private sealed class CapAware(ICapAwarePerformanceModel inner, ReplayFaults faults) : FaultyModel(inner, faults), ICapAwarePerformanceModel
    {
        private readonly ICapAwarePerformanceModel _aware = inner;

        public StepBalance BalancePrefill(PrefillQuery query) => _aware.BalancePrefill(query);

        public StepBalance BalanceDecode(DecodeQuery query) => _aware.BalanceDecode(query);

        public void BalanceDecodeSweep(long contextTokens, Span<StepBalance> balances) => _aware.BalanceDecodeSweep(contextTokens, balances);
    }

    // What cannot tell what its steps are made of answers as the slowest under a cap.
    private sealed class Aggregated(IAggregatedPerformanceModel inner, ReplayFaults faults) : FaultyModel(inner, faults), IAggregatedPerformanceModel, ICapAwarePerformanceModel
    {
        private readonly IAggregatedPerformanceModel _aggregated = inner;

        public AggregatedEstimate EstimateAggregated(AggregatedQuery query) => _aggregated.EstimateAggregated(query);

        public StepBalance BalancePrefill(PrefillQuery query) => _aggregated is ICapAwarePerformanceModel aware ? aware.BalancePrefill(query) : default;

        public StepBalance BalanceDecode(DecodeQuery query) => _aggregated is ICapAwarePerformanceModel aware ? aware.BalanceDecode(query) : default;
    }
}
