using System.Collections.Immutable;

namespace PowerPlanner.Feedback;

/// <summary>
/// Keeps a cause that no plan can cure from sweeping at every interval: each sweep that finds nothing better holds the next one for the same
/// cause back for 1, 2, 4, 8, 12 times the larger of interval and tick. A cause is the set of violated signals under one revision of budget,
/// limits and model; another cause is not held back. An immutable value; the default holds nothing back.
/// </summary>
/// <remarks>A cause that goes away and returns within its backoff is still held; one that stays away beyond it starts afresh.</remarks>
internal readonly record struct NoBetterPlanBackoff
{
    /// <summary>Most intervals that a cause is held back.</summary>
    public const int MostIntervals = 12;

    private const int MostDoublings = 4;

    private readonly ImmutableArray<NoBetterPlanCause> _causes;

    /// <summary>The causes that are held back or remembered, at most one for each set of signals.</summary>
    public ImmutableArray<NoBetterPlanCause> Causes
    {
        get => _causes.IsDefault ? [] : _causes;
        init => _causes = value;
    }

    /// <summary>The revision that they belong to: with another one all causes are new.</summary>
    public long Revision { get; init; }

    /// <summary>Forgets the causes that a tick shows to be over, beyond their backoff, and those of another revision. Allocates only where there are any.</summary>
    /// <param name="now">The instant of the tick.</param>
    /// <param name="judgement">What the tick violated and did not show.</param>
    /// <param name="revision">Revision of budget, limits and model.</param>
    public NoBetterPlanBackoff After(TimeSpan now, in DriftJudgement judgement, long revision)
    {
        if (revision != Revision)
        {
            return new NoBetterPlanBackoff { Revision = revision };
        }

        var present = judgement.Violated | judgement.Absent;
        var causes = Causes;
        for (var i = causes.Length - 1; i >= 0; i--)
        {
            if (now >= causes[i].HeldUntil && (causes[i].Signals & present) == DriftSignals.None)
            {
                causes = causes.RemoveAt(i);
            }
        }

        return causes.Length == Causes.Length ? this : this with { Causes = causes };
    }

    /// <summary>Whether a cause has to wait.</summary>
    /// <param name="now">The instant of the tick.</param>
    /// <param name="cause">What the tick violated.</param>
    public bool Holds(TimeSpan now, DriftSignals cause)
    {
        foreach (var known in Causes)
        {
            if (known.Signals == cause)
            {
                return now < known.HeldUntil;
            }
        }

        return false;
    }

    /// <summary>A sweep for this cause found no plan that is better than the applied one, or the same infeasibility again.</summary>
    /// <param name="now">When it did.</param>
    /// <param name="cause">What the tick violated; nothing = nothing is held back.</param>
    /// <param name="interval">Least time between sweeps.</param>
    /// <param name="tick">How often ticks come.</param>
    /// <param name="wait">How long the cause is held back from now on.</param>
    public NoBetterPlanBackoff FoundNothingBetter(TimeSpan now, DriftSignals cause, TimeSpan interval, TimeSpan tick, out TimeSpan wait)
    {
        if (cause == DriftSignals.None)
        {
            wait = TimeSpan.Zero;
            return this;
        }

        var index = IndexOf(cause);
        var doublings = index < 0 ? 0 : Math.Clamp(Causes[index].Sweeps, 0, MostDoublings);
        var heldUntil = Delay.After(now, interval > tick ? interval : tick, Math.Min(1 << doublings, MostIntervals));
        wait = heldUntil - now;
        var next = new NoBetterPlanCause(cause, doublings + 1, heldUntil);
        return this with { Causes = index < 0 ? Causes.Add(next) : Causes.SetItem(index, next) };
    }

    /// <summary>A sweep for this cause found a plan of its own: the cause is no longer without a cure.</summary>
    public NoBetterPlanBackoff FoundBetter(DriftSignals cause) => IndexOf(cause) is >= 0 and var index ? this with { Causes = Causes.RemoveAt(index) } : this;

    private int IndexOf(DriftSignals cause)
    {
        for (var i = 0; i < Causes.Length; i++)
        {
            if (Causes[i].Signals == cause)
            {
                return i;
            }
        }

        return -1;
    }
}
