using PowerPlanner.Control.Frontends;
using PowerPlanner.Control.Sweeps;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;

namespace PowerPlanner.Control.Loop;

/// <summary>
/// One deployment's loop: observe, learn, judge, perhaps sweep, move the fleet, publish. Everything here runs in one tick at a time; what
/// other threads may do goes through <see cref="Updates"/> and <see cref="Status"/>.
/// </summary>
/// <remarks>
/// The parts of a tick lie in files of their own: <c>Observe</c> (what is seen), <c>Learn</c> (coefficients, flags, triggers), <c>Decide</c>
/// (sweeps and their outcomes), <c>Act</c> (transition, probes, thresholds), <c>Publish</c> (status), <c>Memory</c> (snapshots).
/// </remarks>
internal sealed partial class ControlLoop
{
    private readonly ControlOptions _options;
    private readonly FeedbackOptions _feedback;
    private readonly IMetricsSource _metrics;
    private readonly IActuator _actuator;
    private readonly TimeProvider _time;
    private readonly LoopReport _report;
    private readonly long _origin;

    private readonly Side[] _sides;
    private readonly FleetLedger _ledger;
    private readonly FleetWriter _writer;
    private readonly RoleTarget[] _targets;
    private readonly ObservationReader _reader;
    private readonly SweepRunner _sweeper;
    private readonly PlanHistory _history = new();
    private readonly NoBetterPlanBackoff _noBetter = new();
    private readonly FrontendDesk _desk = new();
    private readonly List<string> _behind = [];
    private readonly List<string> _failed = [];

    private PlanningProblem _problem;
    private CorrectionState _corrections;
    private DriftState _drift;
    private FailureBackoff _failureBackoff;
    private TickReading _reading;
    private DriftJudgement _judgement;
    private ControllerCounters _counters;
    private ControllerStatus _status;

    // Restored from a snapshot, instants lie before the origin of this process's clock.
    private TimeSpan? _lastSuccess;
    private TimeSpan? _disabledAt;
    private TimeSpan? _transitionSince;
    private TimeSpan? _emptySince;

    private PowerPlan? _plan;
    private OperatingPointAnswer? _answer;
    private PlanningLimits _planLimits;
    private Infeasibility? _infeasibility;
    private DisabledReason _disabledReason;
    private double? _nameplateWatts;
    private double _estimatedTokensPerSecond;
    private string? _failure;
    private long _revision;
    private long _planRevision;
    private bool _isStarted;
    private bool _isRestored;
    private bool _hasTargets;
    private bool _isPlanTargeted;
    private bool _isBestEffort;
    private bool _isSweepOwed;
    private bool _isAdopted;
    private bool _areThresholdsDue;
    private bool _isFleetRead;

    private bool _swept;
    private bool _shouldReoptimize;

    public ControlLoop(PlanningProblem problem, ControlOptions options, IMetricsSource metrics, IActuator actuator, TimeProvider time, LoopReport report)
    {
        _problem = problem;
        _options = options;
        _feedback = options.ToFeedback();
        _metrics = metrics;
        _actuator = actuator;
        _time = time;
        _report = report;
        _origin = time.GetTimestamp();
        _corrections = CorrectionState.Start(options.InitialCorrections);
        _reader = new ObservationReader(options.Tick, options.ObservationMaxAge, report);
        _sweeper = new SweepRunner(time, options.SweepTimeout);
        _sides = problem.Mode == DeploymentMode.Disaggregated
            ? [Side(FleetRole.Prefill, problem.PrefillEngine!), Side(FleetRole.Decode, problem.DecodeEngine!)]
            : [Side(FleetRole.Aggregated, problem.AggregatedEngine!)];
        _targets = new RoleTarget[_sides.Length];
        _ledger = new FleetLedger(Array.ConvertAll(_sides, static side => side.Ledger)) { BudgetWatts = problem.Limits.BudgetWatts, GpuBudget = problem.Limits.GpuBudget };
        _writer = new FleetWriter(actuator, _ledger) { Sending = (role, kind, value) => report.StartStep(kind, ReportNames.Of(role), value), Sent = OnSent, Charged = Persist };
        Transition = new Transition(_ledger, _writer) { ResendAfter = options.ConvergenceTimeout, ShedsReplicas = options.OverBudgetPolicy == OverBudgetPolicy.ScaleDown };
        _status = new ControllerStatus { Time = time.GetUtcNow(), State = ControllerState.Cold, Corrections = options.InitialCorrections, BudgetWatts = problem.Limits.BudgetWatts };
        Persist();
    }

    /// <summary>What others want changed; taken over at the next tick.</summary>
    public PendingUpdates Updates { get; } = new();

    /// <summary>What the last tick found and did.</summary>
    public ControllerStatus Status => Volatile.Read(ref _status);

    /// <summary>Whether a model still has not come back from a sweep that was given up.</summary>
    public bool IsModelHanging => _sweeper.IsHanging;

    /// <summary>The steps between a plan and the fleet; tests replace them.</summary>
    public Transition Transition { get; set; }

    public FleetLedger Ledger => _ledger;

    public FleetWriter Writer => _writer;

    public bool IsAggregated => _sides.Length == 1;

    public PlanningProblem Problem => _problem;

    private TimeSpan Now => _time.GetElapsedTime(_origin);

    private bool IsDisabled => _disabledReason != DisabledReason.None;

    /// <summary>One tick of any kind.</summary>
    /// <param name="kind">Why the loop acts.</param>
    /// <param name="cancellationToken">Stops at the next await. What has been decided stays decided, what has been sent stays charged.</param>
    public async ValueTask<ControllerStatus> ActAsync(TickKind kind, CancellationToken cancellationToken)
    {
        if (kind == TickKind.Start == _isStarted)
        {
            // A second start, or anything before the first: there is nothing to do, and nothing to complain about.
            return _status;
        }

        using var span = _report.StartTick(kind, Now);
        _swept = false;
        _shouldReoptimize = false;
        _isAdopted = false;
        _writer.TakeResults();
        try
        {
            var observation = kind == TickKind.Replan ? null : await ObserveAsync(kind, cancellationToken).ConfigureAwait(false);
            await ReadFleetAsync(cancellationToken).ConfigureAwait(false);
            _ledger.ResetPeak();
            var now = Now;
            var isUrgent = TakeUpdates();
            var clock = _reader.Clock;
            var isInOrder = Read(observation, now);
            if (kind != TickKind.Tick)
            {
                // Ticks are in order among themselves only: the first may come at the very instant of the start, and its window is still its own.
                _reader.Clock = clock;
            }

            isUrgent |= HasRangeChanged();
            if (kind == TickKind.Tick)
            {
                Learn(now, isInOrder);
            }

            await DecideAsync(kind, now, isInOrder, isUrgent, cancellationToken).ConfigureAwait(false);
            _isStarted = true;
            KeepWithinBudget();
            await MoveAsync(kind, now, cancellationToken).ConfigureAwait(false);
            return Publish(now);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Publish(Now);
            throw;
        }
    }

    private Side Side(FleetRole role, PlanningEngine engine)
    {
        var limits = role == FleetRole.Prefill ? _problem.Limits.PrefillCapLimits : _problem.Limits.DecodeCapLimits;
        var fallback = role == FleetRole.Prefill ? _problem.PrefillFallbackCapWatts : _problem.DecodeFallbackCapWatts;
        var nameplate = _problem.NameplateWatts is { } watts ? (int)Math.Min(int.MaxValue, Math.Ceiling(watts)) : 0;
        return new Side(new RoleLedger(role, engine.Layout.Gpus, Math.Max(nameplate, fallback))
        {
            CapLimits = limits,
            NonGpuWattsPerGpu = _problem.NonGpuWattsPerGpu,
            LeastReplicas = role == FleetRole.Prefill ? _problem.MinPrefillReplicas : _problem.MinDecodeReplicas,
        });
    }
}
