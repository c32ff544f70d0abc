using Microsoft.Extensions.Logging;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Control.Loop;

/// <summary>
/// Tells the world what the loop does: messages, metrics, traces. Nothing here decides anything, nothing here throws, and a tick on which
/// nothing changes allocates nothing here. Not thread-safe.
/// </summary>
/// <remarks>
/// What holds for many ticks is a <see cref="Condition"/>: one message when it begins, one when it ends, a reminder now and then. The parts
/// of a tick lie in files of their own, as those of <see cref="ControlLoop"/>.
/// </remarks>
internal sealed partial class LoopReport(string deployment, ILogger? logger, DeploymentInstruments instruments)
{
    private readonly string _deployment = deployment;
    private readonly ILogger _logger = GuardedLogger.Around(logger);
    private readonly DeploymentInstruments _instruments = instruments;
    private readonly EdgeLog<Condition> _conditions = new();
    private TimeSpan _now;
    private PlannerSpan _tick;
    private PlannerSpan _sweep;
    private string? _trigger;

    /// <summary>Name of the deployment.</summary>
    public string Deployment => _deployment;

    /// <summary>Begins a tick; it ends when the span is disposed.</summary>
    public PlannerSpan StartTick(TickKind kind, TimeSpan now)
    {
        _now = now;
        _conditions.BeginTick();
        _refused.BeginTick();
        _failing.BeginTick();
        _trigger = kind switch
        {
            TickKind.Start => "start",
            TickKind.Replan => "replan",
            _ => null,
        };
        return _tick = PlannerActivity.Start(PlannerActivity.Tick, _deployment);
    }

    public void SnapshotRestored(DateTimeOffset taken) => _logger.SnapshotRestored(_deployment, taken);

    /// <summary>States a condition whose end has an event of its own.</summary>
    private EdgeKind State(Condition condition, bool holds, out TimeSpan duration)
    {
        var edge = _conditions.Set(condition, holds, _now);
        duration = edge.Duration;
        if (edge.Kind == EdgeKind.Reminder)
        {
            _logger.ConditionPersists(_deployment, condition.Describe(), duration);
        }

        return edge.Kind;
    }

    /// <summary>States a condition whose end has no event of its own.</summary>
    /// <returns>Whether it has just begun.</returns>
    private bool Begins(Condition condition, bool holds)
    {
        var edge = State(condition, holds, out var duration);
        if (edge == EdgeKind.Exited)
        {
            _logger.ConditionEnded(_deployment, condition.Describe(), duration);
        }

        return edge == EdgeKind.Entered;
    }
}
