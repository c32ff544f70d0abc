using System.Collections.Immutable;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Testing.Simulation;

/// <summary>The caps that bound the GPUs of a role, replica by replica. Where all have one, every answer is that of a single GPU, to the last bit.</summary>
/// <param name="replicas">What is in force.</param>
/// <param name="absentWatts">The cap of a phase that has no replica, W.</param>
/// <param name="unboundedWatts">What GPUs draw at most where no cap is enforced, W; null = caps are enforced.</param>
internal readonly struct CapsInForce(ImmutableArray<CappedReplicas> replicas, double absentWatts, double? unboundedWatts)
{
    /// <summary>How many times longer a step takes than without caps, on average of the work of the replicas that serve.</summary>
    public double Stretch(double demandWatts) =>
        Uniform(ReplicaPhase.Ready) is { } cap ? Math.Max(1, demandWatts / cap)
        : 1 / Mean(ReplicaPhase.Ready, capWatts => 1 / Math.Max(1, demandWatts / capWatts));

    /// <summary>Draw of a GPU of the replicas of a phase that would draw so much without caps, W; the mean of them.</summary>
    public double Draw(ReplicaPhase phase, double demandWatts) =>
        Uniform(phase) is { } cap ? Math.Min(cap, demandWatts) : Mean(phase, capWatts => Math.Min(capWatts, demandWatts));

    private double? Uniform(ReplicaPhase phase)
    {
        if (unboundedWatts is { } most)
        {
            return most;
        }

        int? cap = null;
        foreach (var some in replicas)
        {
            if (some.Phase == phase && cap is not null)
            {
                return null;
            }

            cap = some.Phase == phase ? some.CapWatts : cap;
        }

        return cap ?? absentWatts;
    }

    private double Mean(ReplicaPhase phase, Func<int, double> of)
    {
        var (sum, count) = (0.0, 0);
        foreach (var some in replicas)
        {
            if (some.Phase == phase)
            {
                sum += some.Replicas * of(some.CapWatts);
                count += some.Replicas;
            }
        }

        return sum / count;
    }
}
