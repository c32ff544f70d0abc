using System.Runtime.InteropServices;

namespace PowerPlanner.Facility;

/// <summary>
/// Divisions of which some deployments are decided and the rest take their free choice: watts ascending, value strictly ascending, so that of two
/// divisions with one no better for no fewer watts only the better is kept. Each remembers the choices that made it.
/// </summary>
internal sealed class TierStates
{
    private readonly List<(int Parent, int Level, int Choice)> _history = [];
    private List<TierState> _states;
    private List<TierState> _spare = [];

    public TierStates(long watts, double value)
    {
        _states = [new TierState(watts, value, -1, -1)];
    }

    public ReadOnlySpan<TierState> All => CollectionsMarshal.AsSpan(_states);

    /// <summary>Adds every state moved by <paramref name="watts"/> and <paramref name="value"/> that may win.</summary>
    /// <param name="before">The states before this level's first choice.</param>
    /// <param name="choice">The choice that the move stands for.</param>
    /// <param name="watts">What the choice draws more than the free one.</param>
    /// <param name="value">What it is worth more.</param>
    /// <param name="search">Judges states.</param>
    public void Add(ReadOnlySpan<TierState> before, int choice, long watts, double value, TierSearch search)
    {
        _spare.Clear();
        var best = double.NegativeInfinity;
        var (i, j) = (0, 0);
        var old = All;
        while (i < old.Length || j < before.Length)
        {
            TierState next;
            if (j == before.Length || (i < old.Length && Precedes(old[i], before[j].Watts + watts, before[j].Value + value)))
            {
                next = old[i++];
            }
            else
            {
                next = new TierState(before[j].Watts + watts, before[j].Value + value, before[j].History, choice);
                j++;
                if (next.Value <= best || !search.MayWin(next))
                {
                    continue;
                }
            }

            if (next.Value > best)
            {
                best = next.Value;
                _spare.Add(next);
            }
        }

        (_states, _spare) = (_spare, _states);
    }

    /// <summary>Ends a level: writes down who chose what, and drops what can no longer win.</summary>
    public void Settle(int level, TierSearch search)
    {
        var kept = 0;
        for (var i = 0; i < _states.Count; i++)
        {
            var state = _states[i];
            if (!search.MayWin(state))
            {
                continue;
            }

            if (state.Pending >= 0)
            {
                _history.Add((state.History, level, state.Pending));
                state = state with { History = _history.Count - 1, Pending = -1 };
            }

            _states[kept++] = state;
        }

        _states.RemoveRange(kept, _states.Count - kept);
    }

    /// <summary>The decisions that led to a state.</summary>
    public IEnumerable<(int Level, int Choice)> Path(int history)
    {
        for (var at = history; at >= 0; at = _history[at].Parent)
        {
            yield return (_history[at].Level, _history[at].Choice);
        }
    }

    private static bool Precedes(in TierState state, long watts, double value) => state.Watts < watts || (state.Watts == watts && state.Value >= value);
}

/// <summary>One division of <see cref="TierStates"/>.</summary>
/// <param name="Watts">What it draws.</param>
/// <param name="Value">What it is worth.</param>
/// <param name="History">Its last decision but a pending one, or -1.</param>
/// <param name="Pending">A choice of the level under way, or -1.</param>
internal readonly record struct TierState(long Watts, double Value, int History, int Pending);
