namespace PowerPlanner.Control.Transitions;

/// <summary>
/// Moves a fleet towards a target in steps after each of which the ledger fits the budget: lower caps, fewer replicas, more replicas as
/// far as there is room, higher caps. What does not fit waits for a later tick, when what drains is gone. While the ledger is above the
/// budget nothing rises.
/// </summary>
internal sealed class Transition(FleetLedger ledger, FleetWriter writer)
{
    /// <summary>An accepted cap that has not come into effect for so long is sent again.</summary>
    public required TimeSpan ResendAfter { get; init; }

    /// <summary>Takes every step that is safe now.</summary>
    /// <param name="targets">One for each role of the ledger.</param>
    /// <param name="canGrow">Whether anything may rise: not while the fleet cannot be read.</param>
    /// <param name="now">The controller's clock.</param>
    /// <param name="cancellationToken">Stops between two commands, or in one.</param>
    public async ValueTask StepAsync(RoleTarget[] targets, bool canGrow, TimeSpan now, CancellationToken cancellationToken)
    {
        var roles = ledger.Roles;
        for (var i = 0; i < roles.Length; i++)
        {
            if (targets[i].CapWatts is { } cap && NeedsCap(roles[i], cap, now) && roles[i].Expected(cap) <= roles[i].ChargedCapWatts)
            {
                await writer.SendAsync(roles[i], CommandKind.SetCap, cap, now, cancellationToken).ConfigureAwait(false);
            }
        }

        for (var i = 0; i < roles.Length; i++)
        {
            var replicas = targets[i].Replicas;
            if (roles[i].Live > replicas || IsUnsettled(roles[i].PendingReplicas, above: replicas))
            {
                await writer.SendAsync(roles[i], CommandKind.SetReplicas, replicas, now, cancellationToken).ConfigureAwait(false);
            }
        }

        if (!canGrow)
        {
            return;
        }

        for (var i = 0; i < roles.Length; i++)
        {
            await GrowAsync(roles[i], targets[i], now, cancellationToken).ConfigureAwait(false);
        }

        for (var i = 0; i < roles.Length; i++)
        {
            if (targets[i].CapWatts is { } cap
                && NeedsCap(roles[i], cap, now)
                && roles[i].Expected(cap) > roles[i].ChargedCapWatts
                && ledger.Allows(roles[i], roles[i].Expected(cap)))
            {
                await writer.SendAsync(roles[i], CommandKind.SetCap, cap, now, cancellationToken).ConfigureAwait(false);
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

    private async ValueTask GrowAsync(RoleLedger role, RoleTarget target, TimeSpan now, CancellationToken cancellationToken)
    {
        // A role whose cap does not bind draws what it likes: it must not grow.
        if (role.Live >= target.Replicas || role.ChargeFloorWatts > 0)
        {
            return;
        }

        var finalCap = target.CapWatts is { } cap ? role.Expected(cap) : role.ChargedCapWatts;
        var most = ledger.MostReplicas(role, target.Replicas, finalCap);
        if (most > role.Live)
        {
            await writer.SendAsync(role, CommandKind.SetReplicas, most, now, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool NeedsCap(RoleLedger role, int cap, TimeSpan now)
    {
        if (role.PendingCap is { Exists: true } pending)
        {
            return pending.Value != cap || !pending.IsAccepted || now - pending.SentAt > ResendAfter;
        }

        return role.State?.EffectiveCapWatts != role.Expected(cap);
    }

    private static bool IsUnsettled(in PendingCommand pending, int above) => pending.Exists && pending.Value > above;
}
