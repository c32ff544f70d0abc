using System.Runtime.InteropServices;

namespace PowerPlanner.Diagnostics;

/// <summary>
/// Turns conditions that hold for many ticks into few messages: one when they begin, one when they end, and a reminder every so many
/// ticks. It only decides; the caller writes, so that each message keeps its event id and its values. Allocates only when a condition
/// begins or ends. Not thread-safe: it belongs to the loop.
/// </summary>
/// <typeparam name="TCause">What tells conditions apart.</typeparam>
/// <param name="reminderTicks">Ticks from one message to the next reminder; at least 1. Default 60: one an hour at the default tick.</param>
internal sealed class EdgeLog<TCause>(int reminderTicks = EdgeLog<TCause>.DefaultReminderTicks)
    where TCause : notnull, IEquatable<TCause>
{
    private const int DefaultReminderTicks = 60;

    private readonly Dictionary<TCause, Condition> _conditions = [];
    private readonly List<KeyValuePair<TCause, TimeSpan>> _ended = [];
    private long _tick;

    /// <summary>Whether a condition holds, as far as this log was told.</summary>
    public bool Holds(TCause cause) => _conditions.ContainsKey(cause);

    /// <summary>Begins a tick. However often a condition is stated on one tick, it counts once.</summary>
    public void BeginTick() => _tick++;

    /// <summary>States whether a condition holds.</summary>
    /// <param name="cause">The condition.</param>
    /// <param name="holds">Whether it holds.</param>
    /// <param name="now">The time of the tick, by a clock that never goes back.</param>
    public Edge Set(TCause cause, bool holds, TimeSpan now)
    {
        if (!holds)
        {
            return _conditions.Remove(cause, out var ended) ? new Edge(EdgeKind.Exited, now - ended.Since) : default;
        }

        ref var condition = ref CollectionsMarshal.GetValueRefOrAddDefault(_conditions, cause, out var isKnown);
        if (!isKnown)
        {
            condition = new Condition(now, _tick, 0);
            return new Edge(EdgeKind.Entered, TimeSpan.Zero);
        }

        var elapsed = now - condition.Since;
        if (condition.LastTick == _tick)
        {
            return new Edge(EdgeKind.None, elapsed);
        }

        condition = condition with { LastTick = _tick, Ticks = condition.Ticks + 1 };
        return new Edge(condition.Ticks % reminderTicks == 0 ? EdgeKind.Reminder : EdgeKind.None, elapsed);
    }

    /// <summary>
    /// Ends every condition that this tick has not stated to hold: for causes that are known only while they occur, such as the values that
    /// a source gets wrong. Not called on a tick that could not tell.
    /// </summary>
    /// <param name="now">The time of the tick, by a clock that never goes back.</param>
    /// <returns>What has ended, with how long it had lasted; valid until the next call.</returns>
    public ReadOnlySpan<KeyValuePair<TCause, TimeSpan>> EndTick(TimeSpan now)
    {
        _ended.Clear();
        foreach (var (cause, condition) in _conditions)
        {
            if (condition.LastTick != _tick)
            {
                _ended.Add(new(cause, now - condition.Since));
                _conditions.Remove(cause);
            }
        }

        return CollectionsMarshal.AsSpan(_ended);
    }

    private readonly record struct Condition(TimeSpan Since, long LastTick, int Ticks);
}
