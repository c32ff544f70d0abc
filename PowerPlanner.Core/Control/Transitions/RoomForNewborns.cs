namespace PowerPlanner.Control.Transitions;

/// <summary>
/// Replicas that are born under a higher cap than they are to have need more room while they start than the plan gives them. Where the last
/// ones would not fit for that alone, caps of what runs fall for as long as it takes, and rise again when the newborn has its own.
/// </summary>
internal static class RoomForNewborns
{
    /// <summary>The targets of now: those that are wanted, under lower caps while a replica that comes could not be born beside them.</summary>
    /// <param name="ledger">What may be drawn now.</param>
    /// <param name="targets">What the roles are to become in the end.</param>
    public static FleetTargets Make(in FleetLedger ledger, in FleetTargets targets)
    {
        if (ledger.BudgetWatts is not { } budget)
        {
            return targets;
        }

        var missing = 0L;
        for (var i = 0; i < ledger.Count; i++)
        {
            missing = Math.Max(missing, WattsAtBirth(ledger, targets, i) - budget);
        }

        return missing > 0 ? Lowered(ledger, targets, missing) : targets;
    }

    /// <summary>
    /// What the fleet draws when the last replica of a role is born and all else is as it is wanted; 0 where none is to come, or it is born under no
    /// higher cap than it is to have. Neither caps nor counts of now matter: caps that fall before the first one is born need not
    /// fall again, and lowering them does not take back its own reason.
    /// </summary>
    private static long WattsAtBirth(in FleetLedger ledger, in FleetTargets targets, int index)
    {
        var (role, target) = (ledger[index], targets[index]);
        if (role.BirthCapWatts is not { } birth || target.CapWatts is not { } cap || role.Live >= target.Replicas || birth <= role.Expected(cap))
        {
            return 0;
        }

        var watts = ((target.Replicas - 1) * role.ReplicaWatts(role.Expected(cap))) + role.ReplicaWatts(birth);
        if (ledger.Count > 1)
        {
            var other = targets[1 - index];
            watts += other.Replicas * ledger[1 - index].ReplicaWatts(Cap(ledger[1 - index], other));
        }

        return watts;
    }

    // Every cap gives the same share of what it is above the lowest one, so that no role pays alone.
    private static FleetTargets Lowered(in FleetLedger ledger, in FleetTargets targets, long missing)
    {
        var spare = 0L;
        for (var i = 0; i < ledger.Count; i++)
        {
            spare += GpusBeside(ledger[i], targets[i]) * Above(ledger[i], targets[i]);
        }

        if (spare < missing)
        {
            // Not even under the lowest caps: then nothing is gained by lower ones.
            return targets;
        }

        var lowered = targets;
        for (var i = 0; i < ledger.Count; i++)
        {
            var fall = (int)Math.Ceiling((double)missing / spare * Above(ledger[i], targets[i]));
            lowered = lowered.With(i, targets[i] with { CapWatts = targets[i].CapWatts - fall });
        }

        return lowered;
    }

    // GPUs that have their own cap when the last replica is born; of two roles that grow either may be the one.
    private static long GpusBeside(in RoleLedger role, in RoleTarget target) =>
        Math.Max(0L, role.Live < target.Replicas ? target.Replicas - 1 : target.Replicas) * role.GpusPerReplica;

    private static int Above(in RoleLedger role, in RoleTarget target) =>
        target.CapWatts is { } cap && role.CapLimits is { } limits ? Math.Max(0, cap - limits.MinWatts) : 0;

    private static int Cap(in RoleLedger role, in RoleTarget target) => target.CapWatts is { } cap ? role.Expected(cap) : role.ChargedCapWatts;
}
