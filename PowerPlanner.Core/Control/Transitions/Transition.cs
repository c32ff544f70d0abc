using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Control.Transitions;

/// <summary>
/// Moves a fleet towards a target in steps after each of which the ledger fits the budget: lower caps, fewer replicas, more replicas as
/// far as there is room, higher caps. What does not fit waits for a later tick, when what drains is gone. While the ledger is above the
/// budget nothing rises. While caps that are to fall cannot be lowered, both roles share what fits under them.
/// </summary>
/// <remarks>Not sealed: tests put broken orders in its place, to show that they are found out.</remarks>
internal class Transition(FleetLedger ledger, FleetWriter writer)
{
    // Ticks in a row on which lowering a role's cap ended without an answer: one may be an accident, and the next try may find it done.
    private readonly int[] _unanswered = new int[ledger.Roles.Length];

    /// <summary>An accepted cap that has not come into effect for so long is sent again.</summary>
    public required TimeSpan ResendAfter { get; init; }

    /// <summary>Whether replicas go where a cap that must fall for the budget's sake cannot be lowered. Default false: they stay, above the budget.</summary>
    public bool ShedsReplicas { get; init; }

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
        var isCapStuck = false;
        for (var i = 0; i < roles.Length; i++)
        {
            var unanswered = _unanswered[i];
            _unanswered[i] = 0;
            if (targets[i].CapWatts is { } cap && NeedsCap(roles[i], cap, now) && Lowered(roles[i], roles[i].Expected(cap), canGrow) is { } lowered)
            {
                isCapStuck |= IsOverdue(roles[i], now);
                if (!await writer.SendAsync(roles[i], CommandKind.SetCap, lowered, now, cancellationToken).ConfigureAwait(false))
                {
                    var isRefused = roles[i].PendingCap.Revision != writer.Revision;
                    _unanswered[i] = isRefused ? 0 : unanswered + 1;
                    isCapStuck |= isRefused || unanswered > 0;
                }
            }
        }

        // What a cap cannot save, replicas must: the plan fits, but not under the caps in force.
        var isShedding = ShedsReplicas && isCapStuck && ledger.IsOverBudget;
        var shares = canGrow || isShedding ? Shares(targets, isShedding) : null;
        for (var i = 0; i < roles.Length; i++)
        {
            var replicas = isShedding && shares is { } fitting ? Math.Min(targets[i].Replicas, i == 0 ? fitting.First : fitting.Second) : targets[i].Replicas;
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
            var share = shares is { } both ? (i == 0 ? both.First : both.Second) : int.MaxValue;
            await GrowAsync(roles[i], targets[i], share, canGrow, now, cancellationToken).ConfigureAwait(false);
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

    /// <summary>
    /// The replicas that each role is to have at most while caps that may be in force are so high that not all that is wanted fits: what the pair
    /// clamp leaves of it, so that the role that grows first does not take the other's room, and both together serve something.
    /// </summary>
    /// <param name="targets">One for each role of the ledger.</param>
    /// <param name="orNothing">What to do where not even the minima fit: nothing is to run, instead of null.</param>
    /// <returns>Null where all fits, or not even the minima do: then a role may grow alone, since some caps are confirmed by replicas only.</returns>
    private (int First, int Second)? Shares(RoleTarget[] targets, bool orNothing)
    {
        if (ledger.BudgetWatts is not { } budget)
        {
            return null;
        }

        var watts = 0L;
        for (var i = 0; i < targets.Length; i++)
        {
            watts += targets[i].Replicas * ledger.Roles[i].ReplicaWatts(GrowthCap(ledger.Roles[i], targets[i]));
        }

        if (watts <= budget)
        {
            return null;
        }

        var (roles, isPair) = (ledger.Roles, targets.Length > 1);
        var answer = BudgetClamp.Apply(new ClampCase(
            new ReplicaCounts(isPair ? targets[0].Replicas : 0, targets[^1].Replicas),
            new ReplicaCounts(isPair ? roles[0].Live : 0, roles[^1].Live),
            isPair ? ClampRoleOf(roles[0], targets[0]) : ClampRole.Absent,
            ClampRoleOf(roles[^1], targets[^1]),
            budget,
            nonGpuWattsPerGpu: roles[0].NonGpuWattsPerGpu));
        return answer.Reason == ClampReason.PowerBudgetInfeasible && !orNothing ? null
            : isPair ? (answer.Prefill ?? 0, answer.Decode ?? 0)
            : (answer.Decode ?? 0, 0);
    }

    private static ClampRole ClampRoleOf(RoleLedger role, RoleTarget target) => new(role.GpusPerReplica, GrowthCap(role, target), Math.Max(1, role.LeastReplicas));

    /// <summary>The cap that a replica to come is charged at: the higher of the one that may be in force and the one that it is to have.</summary>
    private static int GrowthCap(RoleLedger role, RoleTarget target) =>
        Math.Max(role.ChargedCapWatts, target.CapWatts is { } cap ? role.Expected(cap) : role.ChargedCapWatts);

    private async ValueTask GrowAsync(RoleLedger role, RoleTarget target, int share, bool canGrow, TimeSpan now, CancellationToken cancellationToken)
    {
        if (role.Live >= target.Replicas)
        {
            return;
        }

        // A role whose cap does not bind draws what it likes: it must not grow.
        var mayRise = canGrow && role.ChargeFloorWatts == 0;
        var most = mayRise ? ledger.MostReplicas(role, target.Replicas, GrowthCap(role, target)) : target.Replicas;
        most = Math.Min(most, Math.Max(share, role.CommandedReplicas));
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
            return pending.Value != role.Expected(cap) || !pending.IsAccepted || IsOverdue(role, now);
        }

        return role.State?.EffectiveCapWatts != role.Expected(cap);
    }

    /// <summary>Whether a cap was accepted so long ago that it can no longer be expected to come into effect by itself.</summary>
    private bool IsOverdue(RoleLedger role, TimeSpan now) => role.PendingCap is { IsAccepted: true } pending && now - pending.SentAt > ResendAfter;

    // A count that is there already, while another command, or one without an answer, may still change it: only a newer answer settles that.
    private static bool IsUnsettled(RoleLedger role, int replicas) =>
        role.Live == replicas && role.PendingReplicas is { Exists: true } pending && (!pending.IsAccepted || pending.Value != replicas);
}
