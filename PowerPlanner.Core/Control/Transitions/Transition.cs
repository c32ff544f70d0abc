namespace PowerPlanner.Control.Transitions;

/// <summary>
/// Moves a fleet towards a target in steps after each of which the ledger fits the budget: lower caps, fewer replicas, more replicas as
/// far as there is room, higher caps. What does not fit waits for a later tick, when what drains is gone. While the ledger is above the
/// budget nothing rises.
/// </summary>
/// <remarks>Not sealed: tests put broken orders in its place, to show that they are found out.</remarks>
internal class Transition(FleetLedger ledger, FleetWriter writer)
{
    /// <summary>An accepted cap that has not come into effect for so long is sent again.</summary>
    public required TimeSpan ResendAfter { get; init; }

    /// <summary>Takes every step that is safe now.</summary>
    /// <param name="targets">One for each role of the ledger.</param>
    /// <param name="canGrow">Whether anything may rise: not while the fleet cannot be read.</param>
    /// <param name="now">The controller's clock.</param>
    /// <param name="cancellationToken">Stops between two commands, or in one.</param>
    public virtual async ValueTask StepAsync(RoleTarget[] targets, bool canGrow, TimeSpan now, CancellationToken cancellationToken)
    {
        var roles = ledger.Roles;
        var isRolling = ledger.IsRolling;
        canGrow &= !isRolling;
        for (var i = 0; i < roles.Length; i++)
        {
            if (targets[i].CapWatts is { } cap && NeedsCap(roles[i], cap, now) && Lowered(roles[i], roles[i].Expected(cap), canGrow) is { } lowered)
            {
                await writer.SendAsync(roles[i], CommandKind.SetCap, lowered, now, cancellationToken).ConfigureAwait(false);
            }
        }

        for (var i = 0; i < roles.Length; i++)
        {
            var replicas = targets[i].Replicas;
            if (isRolling && replicas >= roles[i].AgreedReplicas)
            {
                // What is too many is the rollout's own: old replicas beside the new ones that take their place.
                continue;
            }

            if (roles[i].Live > replicas || (canGrow && IsUnsettled(roles[i], replicas)))
            {
                await writer.SendAsync(roles[i], CommandKind.SetReplicas, Math.Min(replicas, roles[i].LowestReplicas), now, cancellationToken).ConfigureAwait(false);
            }
        }

        for (var i = 0; i < roles.Length; i++)
        {
            await GrowAsync(roles[i], targets[i], canGrow, now, cancellationToken).ConfigureAwait(false);
        }

        for (var i = 0; i < roles.Length && canGrow; i++)
        {
            if (targets[i].CapWatts is { } cap
                && NeedsCap(roles[i], cap, now)
                && roles[i].Expected(cap) > roles[i].LowestCapWatts
                && ledger.Allows(roles[i], roles[i].Expected(cap)))
            {
                await writer.SendAsync(roles[i], CommandKind.SetCap, roles[i].Expected(cap), now, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether every step has been confirmed and every replica serves.</summary>
    public bool IsComplete(RoleTarget[] targets)
    {
        var roles = ledger.Roles;
        for (var i = 0; i < roles.Length; i++)
        {
            if (roles[i].State is not { } state
                || state.Ready != targets[i].Replicas
                || state.Starting != 0
                || state.Terminating != 0
                || roles[i].PendingReplicas.Exists
                || roles[i].PendingCap.Exists
                || (targets[i].CapWatts is { } cap && state.EffectiveCapWatts != roles[i].Expected(cap)))
            {
                return false;
            }
        }

        return true;
    }

    private async ValueTask GrowAsync(RoleLedger role, RoleTarget target, bool canGrow, TimeSpan now, CancellationToken cancellationToken)
    {
        if (role.Live >= target.Replicas)
        {
            return;
        }

        // A role whose cap does not bind draws what it likes: it must not grow.
        var mayRise = canGrow && role.ChargeFloorWatts == 0;
        var finalCap = target.CapWatts is { } cap ? role.Expected(cap) : role.ChargedCapWatts;
        var most = mayRise ? ledger.MostReplicas(role, target.Replicas, finalCap) : target.Replicas;
        var isUseful = mayRise && most > role.Live && most >= Math.Min(role.LeastReplicas, target.Replicas);
        if (role.PendingReplicas.Exists && role.PendingReplicas.Value > most)
        {
            // What was asked for is no longer wanted or no longer fits, and may not have come yet.
            await writer.SendAsync(role, CommandKind.SetReplicas, isUseful ? most : role.LowestReplicas, now, cancellationToken).ConfigureAwait(false);
        }
        else if (isUseful)
        {
            await writer.SendAsync(role, CommandKind.SetReplicas, most, now, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// What to lower a cap to, so that nothing above the wanted one can stay or come: the wanted cap, or the one in force where that is lower
    /// and there is no room for more. Null = nothing is above it, or what is may be replaced by a raise.
    /// </summary>
    private int? Lowered(RoleLedger role, int wanted, bool canGrow)
    {
        var lowest = role.LowestCapWatts;
        return wanted <= lowest ? wanted
            : role.HighestCapWatts > wanted && !(canGrow && ledger.Allows(role, wanted)) ? lowest
            : null;
    }

    private bool NeedsCap(RoleLedger role, int cap, TimeSpan now)
    {
        if (role.PendingCap is { Exists: true } pending)
        {
            return pending.Value != role.Expected(cap) || !pending.IsAccepted || now - pending.SentAt > ResendAfter;
        }

        return role.State?.EffectiveCapWatts != role.Expected(cap);
    }

    // A count that is there already, while another command, or one without an answer, may still change it: only a newer answer settles that.
    private static bool IsUnsettled(RoleLedger role, int replicas) =>
        role.Live == replicas && role.PendingReplicas is { Exists: true } pending && (!pending.IsAccepted || pending.Value != replicas);
}
