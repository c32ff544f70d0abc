using System.Collections.Immutable;

namespace PowerPlanner.Feedback;

/// <summary>
/// Keeps a cause that no plan can cure from sweeping at every interval: each sweep that finds nothing better holds the next one for the same
/// cause back for 1, 2, 4, 8, 12 times the larger of interval and tick. A cause is the set of violated signals under one revision of budget,
/// limits and model; another cause is not held back.
/// </summary>
/// <remarks>
/// A cause that goes away and returns within its backoff is still held; one that stays away beyond it starts afresh. Owned by one controller,
/// not thread-safe; one entry for each of the 64 sets of signals, allocated once.
/// </remarks>
internal sealed class NoBetterPlanBackoff
{
    /// <summary>Most intervals that a cause is held back.</summary>
    public const int MostIntervals = 12;

    private readonly int[] _sweeps = new int[64];
    private readonly TimeSpan[] _heldUntil = new TimeSpan[64];
    private long _revision;

    /// <summary>Whether the cause has to wait. Call it on every tick, with what the tick violated, absent signals included in neither set.</summary>
    /// <param name="now">The instant of the tick.</param>
    /// <param name="judgement">What the tick violated and did not show; causes that it shows to be over, beyond their backoff, are forgotten.</param>
    /// <param name="revision">Revision of budget, limits and model; with a new one all causes are new.</param>
    public bool Holds(TimeSpan now, in DriftJudgement judgement, long revision)
    {
        Adopt(revision);
        var present = judgement.Violated | judgement.Absent;
        for (var cause = 1; cause < _sweeps.Length; cause++)
        {
            if (now >= _heldUntil[cause] && ((DriftSignals)cause & present) == DriftSignals.None)
            {
                _sweeps[cause] = 0;
            }
        }

        var current = (int)judgement.Violated;
        return _sweeps[current] > 0 && now < _heldUntil[current];
    }

    /// <summary>A sweep for this cause found no plan that is better than the applied one, or the same infeasibility again.</summary>
    /// <param name="now">When it did.</param>
    /// <param name="cause">What the tick violated.</param>
    /// <param name="revision">Revision of budget, limits and model.</param>
    /// <param name="interval">Least time between sweeps.</param>
    /// <param name="tick">How often ticks come.</param>
    /// <returns>How long the cause is held back from now on.</returns>
    public TimeSpan FoundNothingBetter(TimeSpan now, DriftSignals cause, long revision, TimeSpan interval, TimeSpan tick)
    {
        Adopt(revision);
        var doublings = Math.Min(_sweeps[(int)cause], 4);
        _sweeps[(int)cause] = doublings + 1;
        _heldUntil[(int)cause] = Delay.After(now, interval > tick ? interval : tick, Math.Min(1 << doublings, MostIntervals));
        return _heldUntil[(int)cause] - now;
    }

    /// <summary>A sweep for this cause found a plan of its own: the cause is no longer without a cure.</summary>
    public void FoundBetter(DriftSignals cause) => _sweeps[(int)cause] = 0;

    /// <summary>The causes that are remembered, for a snapshot.</summary>
    public ImmutableArray<NoBetterPlanCause> Export()
    {
        var causes = ImmutableArray.CreateBuilder<NoBetterPlanCause>();
        for (var cause = 1; cause < _sweeps.Length; cause++)
        {
            if (_sweeps[cause] > 0)
            {
                causes.Add(new NoBetterPlanCause((DriftSignals)cause, _sweeps[cause], _heldUntil[cause]));
            }
        }

        return causes.DrainToImmutable();
    }

    /// <summary>Remembers the causes of a snapshot, and no others.</summary>
    /// <param name="revision">The revision that they belong to.</param>
    /// <param name="causes">The causes; signals that do not exist are left out.</param>
    public void Restore(long revision, ReadOnlySpan<NoBetterPlanCause> causes)
    {
        Array.Clear(_sweeps);
        _revision = revision;
        foreach (var cause in causes)
        {
            if ((int)cause.Signals is > 0 and < 64 and var index && cause.Sweeps > 0)
            {
                _sweeps[index] = Math.Min(cause.Sweeps, 5);
                _heldUntil[index] = cause.HeldUntil;
            }
        }
    }

    private void Adopt(long revision)
    {
        if (revision != _revision)
        {
            Array.Clear(_sweeps);
            _revision = revision;
        }
    }
}
