using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace PowerPlanner.Diagnostics;

/// <summary>
/// The planner's metrics (<see cref="System.Diagnostics.Metrics"/>); docs/metrics.md lists them. One instance serves every deployment of
/// a process; each measurement carries the tag <c>deployment</c>. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Instruments that the reference planner has keep its names and carry no unit, so that a Prometheus exporter adds no suffix and
/// existing dashboards work. The library's own (<c>powerplanner.*</c>) follow the OpenTelemetry conventions.</para>
/// <para>All but one are observable: collection reads what the last tick left behind. A value that is not known has no series. Values of
/// one deployment are those of one tick within an instrument; two instruments may be read before and after a tick.</para>
/// </remarks>
public sealed class PlannerInstruments : IDisposable
{
    /// <summary>Name of the meter: what a host adds to its exporter.</summary>
    public const string MeterName = "PowerPlanner";

    /// <summary>Name of the activity source: what a host adds to its tracing.</summary>
    public const string ActivitySourceName = "PowerPlanner";

    // From a sweep that only re-plans (some µs) to the default time limit of a sweep (30 s); the exporters' own buckets would put all in one.
    private static readonly double[] SweepSeconds = [0.000_01, 0.000_1, 0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30];

    private static readonly Lazy<PlannerInstruments> SharedInstruments = new(() => new PlannerInstruments());

    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly Histogram<double> _sweep;
    private ImmutableArray<DeploymentInstruments> _deployments = [];

    /// <summary>Creates the instruments.</summary>
    /// <param name="meterFactory">The host's factory, which then owns the meter; null: a meter of its own.</param>
    public PlannerInstruments(IMeterFactory? meterFactory = null)
    {
        _ownsMeter = meterFactory is null;
        var options = new MeterOptions(MeterName) { Version = typeof(PlannerInstruments).Assembly.GetName().Version?.ToString(3) };
        _meter = meterFactory?.Create(options) ?? new Meter(options);

        CreateReferenceGauges();
        CreateReferenceCounters();
        CreateGauges();
        CreateCounters();
        _sweep = _meter.CreateHistogram(
            "powerplanner.sweep", "s", "Duration of a search for the best plan, the model's answers included.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = SweepSeconds });
    }

    /// <summary>What controllers outside a host share: a meter for each would export the same instrument many times.</summary>
    internal static PlannerInstruments Shared => SharedInstruments.Value;

    internal Meter Meter => _meter;

    /// <summary>Announces a deployment; its series exist until the handle is disposed.</summary>
    /// <param name="name">Name of the deployment.</param>
    /// <param name="states">Every state that <see cref="PlannerFigures.State"/> may name.</param>
    /// <param name="disabledReasons">Every reason that <see cref="PlannerFigures.DisabledReason"/> may name.</param>
    /// <param name="isAggregated">Whether one kind of engine runs both phases.</param>
    internal DeploymentInstruments ForDeployment(string name, ImmutableArray<string> states, ImmutableArray<string> disabledReasons, bool isAggregated)
    {
        var deployment = new DeploymentInstruments(this, name, states, disabledReasons, isAggregated);
        ImmutableInterlocked.Update(ref _deployments, static (all, added) => all.Add(added), deployment);
        return deployment;
    }

    /// <summary>Ends the meter where it is this object's own; a host's factory ends the ones that it made.</summary>
    public void Dispose()
    {
        ImmutableInterlocked.InterlockedExchange(ref _deployments, []);
        if (_ownsMeter)
        {
            _meter.Dispose();
        }
    }

    internal void Remove(DeploymentInstruments deployment) =>
        ImmutableInterlocked.Update(ref _deployments, static (all, removed) => all.Remove(removed), deployment);

    // The only measurement that listeners see on the loop's own thread. What one of them throws is its exporter's failure, which must not
    // become the planner's; there is no one here to report it to.
    internal void RecordSweep(double seconds, KeyValuePair<string, object?> deployment, KeyValuePair<string, object?> outcome)
    {
        try
        {
            _sweep.Record(seconds, deployment, outcome);
        }
        catch (Exception)
        {
        }
    }

    private void CreateReferenceGauges()
    {
        Gauge("dynamo_planner_power_budget_total_watts", null, "Power budget, W; no series while unbounded.", figures => figures.BudgetWatts);
        Gauge("dynamo_planner_power_projected_watts", null, "Ready replicas at their caps, W.", figures => figures.ProjectedWatts);
        Gauge("dynamo_planner_power_budget_utilization", null, "Projected watts over the budget, 0 to 1; above 1 where the budget is exceeded.", figures => figures.ProjectedWatts / figures.BudgetWatts);
        Gauge("dynamo_planner_aic_c_ttft", null, "Correction coefficient of the time to first token, observed over modelled, 0.5 to 2.", figures => figures.Corrections.Ttft);
        Gauge("dynamo_planner_aic_c_itl", null, "Correction coefficient of the inter-token latency, 0.5 to 2.", figures => figures.Corrections.Itl);
        Gauges("dynamo_planner_aic_c_power", null, "Correction coefficient of power, 0.5 to 2.", "component", deployment =>
        {
            var corrections = deployment.Figures.Corrections;
            return [("prefill", corrections.PowerPrefill), ("decode", corrections.PowerDecode), ("agg", corrections.PowerAggregated)];
        });
        Gauge("dynamo_aic_consecutive_failures", null, "Sweeps in a row that failed.", figures => figures.ConsecutiveFailures);
        Gauges("dynamo_aic_optimizer_disabled_reason", null, "1 for the reason why the optimizer is off, 0 for the others.", "reason", deployment => OneHot(deployment.DisabledReasons, deployment.Figures.DisabledReason));
        Gauge("dynamo_planner_admission_implied_theta_decode", null, "Share of the KV cache at which the plan expects a decode worker to be full.", figures => figures.ImpliedThetaDecode);
        Gauge("dynamo_planner_admission_implied_theta_prefill_frac", null, "Share of the batched tokens at which the plan expects a prefill worker to be full.", figures => figures.ImpliedThetaPrefillFraction);
        Gauge("dynamo_planner_admission_set_theta_decode", null, "Decode threshold that every frontend has acknowledged.", figures => figures.SetThetaDecode);
        Gauge("dynamo_planner_admission_set_theta_prefill_frac", null, "Prefill threshold as a fraction that every frontend has acknowledged.", figures => figures.SetThetaPrefillFraction);
        Gauge("dynamo_planner_admission_set_theta_prefill_abs", null, "Prefill threshold in tokens that every frontend has acknowledged.", figures => figures.SetPrefillTokens);
    }

    private void CreateReferenceCounters()
    {
        Counts("dynamo_aic_correction_pegged_total", null, "Times that a coefficient reached a bound of its range.", deployment => deployment.Pegged);
        Count("dynamo_aic_optimizer_exceptions_total", null, "Sweeps that failed.", deployment => deployment.Exceptions);
        Count("dynamo_aic_throughput_regression_total", null, "Plans whose throughput was lower than the last one's by more than the threshold.", deployment => deployment.ThroughputRegressions);
        Counts("dynamo_aic_power_w_clamped_total", null, "Predicted powers above 1.1 times the nameplate, for which the nameplate was taken.", deployment => deployment.PowerClamped);
        Count("dynamo_planner_admission_max_batched_tokens_unavailable_total", null, "Times that a prefill threshold in tokens was due and no worker reported its max_num_batched_tokens.", deployment => deployment.MaxBatchedTokensUnavailable);
        Count("dynamo_planner_admission_partial_success_total", null, "Writes of thresholds that failed, one a frontend and attempt.", deployment => deployment.PartialAdmissions);
    }

    private void CreateGauges()
    {
        Gauge("powerplanner.plan.peak", "W", "Highest charged draw during the last tick, before and after every single command.", figures => figures.PlanPeakWatts);
        Gauge("powerplanner.ledger", "W", "Charged draw: every replica that exists or may come to exist, at the highest cap that may be in force.", figures => figures.LedgerWatts);
        Gauge("powerplanner.measured", "W", "Measured draw of all GPU boards.", figures => figures.MeasuredWatts);
        Gauge("powerplanner.cap_generation", "{generation}", "Revision of the newest cap or replica count; rises with each that is sent.", figures => figures.CapGeneration);
        Gauge("powerplanner.admission.unacked_frontends", "{frontend}", "Frontends that have not acknowledged the present thresholds.", figures => figures.UnacknowledgedFrontends);
        Gauges("powerplanner.state", "{deployment}", "1 for the state of the control loop, 0 for the others.", "state", deployment => OneHot(deployment.States, deployment.Figures.State));
        Gauges("powerplanner.power_limited", "{component}", "1 where replicas draw what their cap allows, so that more demand would not show.", "component", deployment =>
            ByComponent(deployment, figures => figures.IsPrefillPowerLimited, figures => figures.IsDecodePowerLimited));
        Gauges("powerplanner.cap_not_enforced", "{component}", "1 where replicas draw more than their cap.", "component", deployment =>
            ByComponent(deployment, figures => figures.IsPrefillCapNotEnforced, figures => figures.IsDecodeCapNotEnforced));
    }

    private void CreateCounters()
    {
        Counts("powerplanner.clamp", "{proposal}", "Replica counts that the budget clamp cut, by its reason.", deployment => deployment.Clamps);
        Counts("powerplanner.cap_moved", "{cap}", "Planned caps that the hardware's range moved, up to its lower end (min) or down to its upper one (max).", deployment => deployment.CapsMoved);
        Count("powerplanner.admission.no_frontends", "{attempt}", "Attempts to send thresholds that found no frontend.", deployment => deployment.NoFrontends);
        Count("powerplanner.command.failed", "{command}", "Commands that the actuator refused or failed.", deployment => deployment.FailedCommands);
        Count("powerplanner.journal.lost", "{line}", "Lines that the journal of decisions did not take.", deployment => deployment.LostJournalLines);
        Count("powerplanner.observation.stale", "{observation}", "Observations older than the freshness bound.", deployment => deployment.StaleObservations);
        Counts("powerplanner.observation.refused", "{value}", "Values of observations that were not finite, negative, impossible or late.", deployment => deployment.RefusedValues);
    }

    private void Gauge(string name, string? unit, string description, Func<PlannerFigures, double?> read)
    {
        _meter.CreateObservableGauge(name, Observe, unit, description);

        IEnumerable<Measurement<double>> Observe()
        {
            foreach (var deployment in _deployments)
            {
                if (read(deployment.Figures) is { } value)
                {
                    yield return new Measurement<double>(value, deployment.Tag);
                }
            }
        }
    }

    private void Gauges(string name, string? unit, string description, string label, Func<DeploymentInstruments, IEnumerable<(string Label, double Value)>> read)
    {
        _meter.CreateObservableGauge(name, Observe, unit, description);

        IEnumerable<Measurement<double>> Observe() =>
            from deployment in _deployments
            from labelled in read(deployment)
            select new Measurement<double>(labelled.Value, deployment.Tag, new KeyValuePair<string, object?>(label, labelled.Label));
    }

    private void Count(string name, string? unit, string description, Func<DeploymentInstruments, long> read) =>
        _meter.CreateObservableCounter(name, () => _deployments.Select(deployment => new Measurement<long>(read(deployment), deployment.Tag)), unit, description);

    private void Counts(string name, string? unit, string description, Func<DeploymentInstruments, LabelledCounts> read) =>
        _meter.CreateObservableCounter(name, () => _deployments.SelectMany(deployment => read(deployment).Measure(deployment.Tag)), unit, description);

    private static IEnumerable<(string Label, double Value)> OneHot(ImmutableArray<string> labels, string? present) =>
        labels.Select(label => (label, string.Equals(label, present, StringComparison.Ordinal) ? 1.0 : 0.0));

    private static IEnumerable<(string Label, double Value)> ByComponent(DeploymentInstruments deployment, Func<PlannerFigures, bool> prefill, Func<PlannerFigures, bool> decode)
    {
        var figures = deployment.Figures;
        return deployment.IsAggregated
            ? [("agg", Flag(decode))]
            : [("prefill", Flag(prefill)), ("decode", Flag(decode))];

        double Flag(Func<PlannerFigures, bool> read) => read(figures) ? 1 : 0;
    }
}
