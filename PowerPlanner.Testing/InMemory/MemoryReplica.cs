using System.Runtime.InteropServices;

namespace PowerPlanner.Testing.InMemory;

/// <summary>What a replica in memory does.</summary>
internal enum ReplicaPhase
{
    Ready,
    Starting,
    Terminating,
}

/// <summary>Replicas of a role that do the same under the same cap.</summary>
/// <param name="Phase">What they do.</param>
/// <param name="CapWatts">The cap that bounds each of their GPUs, W, whatever is read back.</param>
/// <param name="Replicas">How many.</param>
internal readonly record struct CappedReplicas(ReplicaPhase Phase, int CapWatts, int Replicas);

/// <summary>One replica in memory: what it does, until when, the cap that its GPUs were last given, and those that are on their way to them. Not thread-safe.</summary>
internal sealed class MemoryReplica
{
    private readonly List<(long Due, int CapWatts)> _coming = [];

    public ReplicaPhase Phase { get; set; }

    /// <summary>When it serves, or is gone, in ticks of the fleet's clock; of no account while it serves.</summary>
    public long Until { get; set; }

    /// <summary>The cap that its GPUs were last given, W, before the hardware moves it into its range.</summary>
    public int CapWatts { get; private set; }

    /// <summary>Whether it still has the cap that it came with.</summary>
    public bool IsNewborn { get; private set; }

    /// <summary>The cap that it has once all is settled, W.</summary>
    public int FinalCapWatts => _coming.Count > 0 ? _coming[^1].CapWatts : CapWatts;

    /// <summary>The next instant at which something of it changes by itself.</summary>
    public long NextDue => Math.Min(Phase == ReplicaPhase.Ready ? long.MaxValue : Until, _coming.Count > 0 ? _coming[0].Due : long.MaxValue);

    public static MemoryReplica Capped(int capWatts) => new() { CapWatts = capWatts };

    public static MemoryReplica Newborn(int capWatts) => new() { CapWatts = capWatts, IsNewborn = true };

    /// <summary>Gives its GPUs a cap at once; what was on its way is void.</summary>
    public bool Take(int capWatts)
    {
        var changes = FinalCapWatts != capWatts || CapWatts != capWatts || IsNewborn;
        (CapWatts, IsNewborn) = (capWatts, false);
        _coming.Clear();
        return changes;
    }

    /// <summary>Sends a cap on its way; whether it was not on its way or there already.</summary>
    /// <param name="capWatts">The cap, W.</param>
    /// <param name="due">When it is in force; not before those that were sent earlier.</param>
    /// <param name="replaces">Whether what is on its way is void.</param>
    public bool Expect(int capWatts, long due, bool replaces)
    {
        if (FinalCapWatts == capWatts && !(IsNewborn && _coming.Count == 0))
        {
            return false;
        }

        if (replaces)
        {
            _coming.Clear();
        }

        // An agent finishes what it has begun before it looks again.
        _coming.Add((_coming.Count > 0 ? Math.Max(due, _coming[^1].Due) : due, capWatts));
        return true;
    }

    /// <summary>Lets the caps come whose time has come; whether there was one.</summary>
    public bool Settle(long now)
    {
        var due = 0;
        foreach (var (at, capWatts) in CollectionsMarshal.AsSpan(_coming))
        {
            if (at > now)
            {
                break;
            }

            (CapWatts, IsNewborn) = (capWatts, false);
            due++;
        }

        _coming.RemoveRange(0, due);
        return due > 0;
    }
}
