namespace PowerPlanner.Power.Clamps;

/// <summary>One role inside a clamp, nulls resolved.</summary>
/// <param name="Count">Replicas asked for; what runs where nothing was asked.</param>
/// <param name="Current">Replicas that run, 0 where unknown.</param>
/// <param name="IsAdjustable">Whether the count may be changed: the role exists and there is a proposal for it.</param>
/// <param name="Minimum">Fewest replicas that an answer may have: all of them where the count may not be changed.</param>
/// <param name="Watts">Watts of a replica; 0 for an absent role.</param>
/// <param name="Gpus">GPUs of a replica; 0 for an absent role.</param>
internal readonly record struct Leg(int Count, int Current, bool IsAdjustable, int Minimum, long Watts, int Gpus)
{
    public static Leg Of(int? proposed, int? current, ClampRole role, long replicaWatts)
    {
        // An absent role draws nothing and goes nowhere: whatever is said about it passes.
        if (!role.IsPresent)
        {
            return new Leg(proposed ?? 0, proposed ?? 0, false, proposed ?? 0, 0, 0);
        }

        var running = current ?? 0;
        var count = proposed ?? running;
        var minimum = proposed is null ? count : Math.Min(role.MinEndpoint, count);
        return new Leg(count, running, proposed is not null, minimum, replicaWatts, role.Gpus ?? 0);
    }

    /// <summary>The same role with another count asked for; the minimum never exceeds it.</summary>
    public Leg With(int count, ClampRole role) => this with { Count = count, Minimum = IsAdjustable ? Math.Min(role.MinEndpoint, count) : Minimum };

    public bool Grows(int count) => count > Current;

    public bool Shrinks(int count) => count < Current;

    public long PeakWatts(int count) => Math.Max(Current, count) * Watts;
}
