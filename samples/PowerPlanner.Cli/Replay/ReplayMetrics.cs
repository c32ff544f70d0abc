using PowerPlanner.Control;

namespace PowerPlanner.Cli.Replay;

/// <summary>The metrics source of a replay: it reports what the event at hand says.</summary>
internal sealed class ReplayMetrics(ReplayFaults faults) : IMetricsSource
{
    private Observation? _observation;
    private bool _isTick;

    /// <summary>What the next call reports. A start asks too, and no fault strikes it: it is no tick.</summary>
    public void Next(Observation? observation, bool isTick)
    {
        _observation = observation;
        _isTick = isTick;
    }

    /// <inheritdoc/>
    public ValueTask<Observation?> ObserveAsync(CancellationToken cancellationToken) => _isTick && faults.StrikesTick()
        ? ValueTask.FromException<Observation?>(new IOException("An injected fault makes the metrics source fail."))
        : ValueTask.FromResult(_observation);
}
