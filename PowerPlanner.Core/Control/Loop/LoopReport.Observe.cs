using PowerPlanner.Diagnostics;
using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopReport
{
    private readonly EdgeLog<(string Signal, ReadingFault Fault)> _refused = new();

    public void MetricsFailed(Exception failure)
    {
        if (State(ConditionKind.MetricsSourceFails, true, out _) == EdgeKind.Entered)
        {
            _logger.MetricsSourceFailed(_deployment, failure);
        }
    }

    /// <summary>The source answered.</summary>
    /// <param name="isEmpty">Whether there was nothing in the answer to learn from.</param>
    public void MetricsAnswered(bool isEmpty)
    {
        if (State(ConditionKind.MetricsSourceFails, false, out var failed) == EdgeKind.Exited)
        {
            _logger.MetricsSourceRecovered(_deployment, failed);
        }

        switch (State(ConditionKind.ObservationsAbsent, isEmpty, out var absent))
        {
            case EdgeKind.Entered:
                _logger.ObservationsAbsent(_deployment);
                break;
            case EdgeKind.Exited:
                _logger.ObservationsPresent(_deployment, absent);
                break;
        }
    }

    public void ObservationIsStale(TimeSpan age, TimeSpan maxAge)
    {
        _instruments.CountStaleObservation();
        if (State(ConditionKind.ObservationsStale, true, out _) == EdgeKind.Entered)
        {
            _logger.ObservationsStale(_deployment, age, maxAge);
        }
    }

    public void ObservationsAreFresh()
    {
        if (State(ConditionKind.ObservationsStale, false, out var duration) == EdgeKind.Exited)
        {
            _logger.ObservationsFresh(_deployment, duration);
        }
    }

    public void ReadingRefused(string signal, double value, ReadingFault fault)
    {
        _instruments.CountRefusedValue(signal);
        var edge = _refused.Set((signal, fault), true, _now);
        if (edge.Kind == EdgeKind.Entered)
        {
            _logger.ObservationRefused(_deployment, signal, value, ReportNames.Of(fault));
        }
        else if (edge.Kind == EdgeKind.Reminder)
        {
            _logger.ConditionPersists(_deployment, Refused(signal, fault), edge.Duration);
        }
    }

    /// <summary>Every value of an observation was looked at: what this tick has not refused is right again.</summary>
    public void ObservationWasRead()
    {
        foreach (var ((signal, fault), duration) in _refused.EndTick(_now))
        {
            _logger.ConditionEnded(_deployment, Refused(signal, fault), duration);
        }
    }

    public void FleetReadFailed(Exception failure)
    {
        if (State(ConditionKind.FleetReadFails, true, out _) == EdgeKind.Entered)
        {
            _logger.FleetReadFailed(_deployment, failure);
        }
    }

    public void FleetReadIsBack()
    {
        if (State(ConditionKind.FleetReadFails, false, out var duration) == EdgeKind.Exited)
        {
            _logger.FleetReadRecovered(_deployment, duration);
        }
    }

    public void GpusPerReplica(FleetRole role, bool disagree, int? reported, int planned)
    {
        if (Begins(Condition.Of(ConditionKind.GpusDisagree, role), disagree))
        {
            _logger.GpusPerReplicaDisagree(_deployment, ReportNames.Of(role), reported ?? 0, planned);
        }
    }

    public void ForeignReplicas(FleetRole role, int running, int commanded) => _logger.ForeignReplicas(_deployment, ReportNames.Of(role), running, commanded);

    public void BudgetChanged(long? from, long? to)
    {
        _trigger = "budget";
        _logger.BudgetChanged(_deployment, from, to);
    }

    public void ProblemReplaced()
    {
        _trigger = "problem";
        _logger.ProblemReplaced(_deployment);
    }

    public void CapRangeChanged() => _trigger = "capRange";

    private static string Refused(string signal, ReadingFault fault) => $"{signal} is refused ({ReportNames.Of(fault)})";
}
