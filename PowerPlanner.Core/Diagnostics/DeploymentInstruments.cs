using System.Collections.Immutable;

namespace PowerPlanner.Diagnostics;

/// <summary>
/// One deployment's measurements. The loop writes fields here and nothing else; exporters read them when they collect, on their own
/// threads. So a tick allocates nothing for its metrics, and an exporter that throws or hangs cannot reach it. Thread-safe.
/// </summary>
internal sealed class DeploymentInstruments : IDisposable
{
    private readonly PlannerInstruments _owner;
    private readonly Lock _lock = new();
    private PlannerFigures _figures = new();
    private long _exceptions;
    private long _throughputRegressions;
    private long _maxBatchedTokensUnavailable;
    private long _partialAdmissions;
    private long _noFrontends;
    private long _staleObservations;
    private long _failedCommands;
    private long _lostJournalLines;

    internal DeploymentInstruments(PlannerInstruments owner, string name, ImmutableArray<string> states, ImmutableArray<string> disabledReasons, bool isAggregated)
    {
        _owner = owner;
        Name = name;
        States = states;
        DisabledReasons = disabledReasons;
        IsAggregated = isAggregated;
        Tag = new("deployment", name);
    }

    /// <summary>Name of the deployment.</summary>
    public string Name { get; }

    internal ImmutableArray<string> States { get; }

    internal ImmutableArray<string> DisabledReasons { get; }

    internal bool IsAggregated { get; }

    internal KeyValuePair<string, object?> Tag { get; }

    internal PlannerFigures Figures
    {
        get
        {
            lock (_lock)
            {
                return _figures;
            }
        }
    }

    internal LabelledCounts Pegged { get; } = new("coefficient", "ttft", "itl", "power_prefill", "power_decode", "power_agg");

    internal LabelledCounts PowerClamped { get; } = new("side", "prefill", "decode");

    internal LabelledCounts Clamps { get; } = new("reason");

    internal LabelledCounts CapsMoved { get; } = new("component") { SecondLabel = "direction" };

    internal LabelledCounts RefusedValues { get; } = new("signal");

    internal long Exceptions => Interlocked.Read(ref _exceptions);

    internal long ThroughputRegressions => Interlocked.Read(ref _throughputRegressions);

    internal long MaxBatchedTokensUnavailable => Interlocked.Read(ref _maxBatchedTokensUnavailable);

    internal long PartialAdmissions => Interlocked.Read(ref _partialAdmissions);

    internal long NoFrontends => Interlocked.Read(ref _noFrontends);

    internal long StaleObservations => Interlocked.Read(ref _staleObservations);

    internal long FailedCommands => Interlocked.Read(ref _failedCommands);

    internal long LostJournalLines => Interlocked.Read(ref _lostJournalLines);

    /// <summary>Replaces what the gauges show.</summary>
    public void Publish(in PlannerFigures figures)
    {
        lock (_lock)
        {
            _figures = figures;
        }
    }

    /// <summary>Counts a sweep that failed.</summary>
    public void CountException() => Interlocked.Increment(ref _exceptions);

    /// <summary>Counts a plan whose throughput is lower than the last one's by more than the threshold.</summary>
    public void CountThroughputRegression() => Interlocked.Increment(ref _throughputRegressions);

    /// <summary>Counts a prefill threshold in tokens that was due while no worker reported its <c>max_num_batched_tokens</c>.</summary>
    public void CountMaxBatchedTokensUnavailable() => Interlocked.Increment(ref _maxBatchedTokensUnavailable);

    /// <summary>Counts frontends whose thresholds could not be written.</summary>
    public void CountPartialAdmission(int frontends) => Interlocked.Add(ref _partialAdmissions, frontends);

    /// <summary>Counts an observation that was too old.</summary>
    public void CountStaleObservation() => Interlocked.Increment(ref _staleObservations);

    /// <summary>Counts a command that was refused or failed.</summary>
    public void CountFailedCommand() => Interlocked.Increment(ref _failedCommands);

    /// <summary>Counts lines that a journal did not take.</summary>
    public void CountLostJournalLines(int lines) => Interlocked.Add(ref _lostJournalLines, lines);

    /// <summary>Counts a coefficient that reached a bound: <c>ttft</c>, <c>itl</c>, <c>power_prefill</c>, <c>power_decode</c> or <c>power_agg</c>.</summary>
    public void CountPegged(string coefficient) => Pegged.Add(coefficient);

    /// <summary>Counts a predicted power above 1.1 · TDP, for which TDP was taken: <c>prefill</c> or <c>decode</c>.</summary>
    public void CountPowerClamped(string side) => PowerClamped.Add(side);

    /// <summary>Counts a proposal that the budget cut, by the clamp's reason.</summary>
    public void CountClamp(string reason) => Clamps.Add(reason);

    /// <summary>
    /// Counts a planned cap of <c>prefill</c>, <c>decode</c> or <c>agg</c> that the hardware's range moved: up to its lower end (<c>min</c>) or down
    /// to its upper one (<c>max</c>).
    /// </summary>
    public void CountCapMoved(string component, string direction) => CapsMoved.Add(component, direction);

    /// <summary>Counts thresholds that were due while there was no frontend.</summary>
    public void CountNoFrontends() => Interlocked.Increment(ref _noFrontends);

    /// <summary>Counts a value of an observation that was refused, by the name of its signal.</summary>
    public void CountRefusedValue(string signal) => RefusedValues.Add(signal);

    /// <summary>Records how long a sweep took, and how it ended: <c>ok</c>, <c>infeasible</c> or <c>failed</c>.</summary>
    public void RecordSweep(TimeSpan elapsed, string outcome) =>
        _owner.RecordSweep(elapsed.TotalSeconds, Tag, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>Ends the deployment's series.</summary>
    public void Dispose() => _owner.Remove(this);
}
