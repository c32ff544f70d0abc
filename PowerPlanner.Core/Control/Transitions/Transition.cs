using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Control.Transitions;

/// <summary>
/// Moves a fleet towards a target in steps after each of which the ledger fits the budget: lower caps, fewer replicas, more replicas as
/// far as there is room, higher caps. What does not fit waits for a later tick, when what drains is gone. While the ledger is above the
/// budget nothing rises. While caps that are to fall cannot be lowered, both roles share what fits under them.
/// </summary>
/// <remarks>
/// A pure function of ledger and targets: <see cref="Next"/> says the one command that comes next; who sends it feeds the answer into the
/// ledger and asks again. Each role gets at most one command of each kind that lowers, one that grows and one that raises, so the steps of a tick end.
/// </remarks>
internal static class Transition
{
    private const int LowerCaps = 0;
    private const int FewerReplicas = 1;
    private const int MoreReplicas = 2;
    private const int RaiseCaps = 3;

    /// <summary>Cap commands without an answer, in as many ticks in a row, after which a cap counts as one that cannot be lowered.</summary>
    private const int MostUnanswered = 2;

    /// <summary>The next command; null = all that is safe now has been done.</summary>
    /// <param name="ledger">What may be drawn now.</param>
    /// <param name="wanted">What the roles are to become.</param>
    /// <param name="rules">What may be done.</param>
    /// <param name="cursor">How far this tick's steps have come; moved on.</param>
    public static (int Role, CommandKind Kind, int Value)? Next(in FleetLedger ledger, in FleetTargets wanted, in TransitionRules rules, ref TransitionCursor cursor)
    {
        var targets = RoomForNewborns.Make(ledger, wanted);
        var roles = ledger.Count;
        while (cursor.Position < 4 * roles)
        {
            var (step, role) = (cursor.Position / roles, cursor.Position % roles);
            if (cursor.Position == roles)
            {
                // What a cap cannot save, replicas must: the plan fits, but not under the caps in force.
                var isShedding = rules.ShedsReplicas && ledger.IsOverBudget && IsAnyCapStuck(ledger, targets, rules);
                cursor = cursor with { IsShedding = isShedding, Shares = CanGrow(ledger, rules) || isShedding ? Shares(ledger, targets, isShedding) : null };
            }

            cursor = cursor with { Position = cursor.Position + 1 };
            var value = step switch
            {
                LowerCaps => LowerCap(ledger, role, targets[role], rules),
                FewerReplicas => Shed(ledger, role, targets[role], rules, cursor),
                MoreReplicas => cursor.HasCounted(role) ? null : Grow(ledger, role, targets[role], rules, cursor),
                _ => RaiseCap(ledger, role, targets[role], rules, cursor),
            };
            if (value is { } number)
            {
                var kind = step is LowerCaps or RaiseCaps ? CommandKind.SetCap : CommandKind.SetReplicas;
                cursor = kind == CommandKind.SetReplicas ? cursor with { Counted = cursor.Counted | 1 << role } : cursor with { Capped = cursor.Capped | 1 << role };
                return (role, kind, number);
            }
        }

        return null;
    }

    /// <summary>Whether every step has been confirmed and every replica serves.</summary>
    public static bool IsComplete(in FleetLedger ledger, in FleetTargets targets)
    {
        for (var i = 0; i < ledger.Count; i++)
        {
            var role = ledger[i];
            var target = targets[i];
            if (role.State is not { } state
                || state.Ready != target.Replicas
                || state.Starting != 0
                || state.Terminating != 0
                || role.OpenReplicas.Exist
                || role.OpenCaps.Exist
                || (role.Replicas.Exists && role.Replicas.Value != target.Replicas)
                || (target.CapWatts is { } cap && (state.EffectiveCapWatts != role.Expected(cap) || (role.Cap.Exists && role.Cap.Value != cap))))
            {
                return false;
            }
        }

        return true;
    }

    private static bool CanGrow(in FleetLedger ledger, in TransitionRules rules) => rules.CanGrow && !ledger.IsRolling;

    private static int? LowerCap(in FleetLedger ledger, int index, in RoleTarget target, in TransitionRules rules)
    {
        var role = ledger[index];
        if (target.CapWatts is not { } cap)
        {
            return null;
        }

        var lowest = role.LowestCapWatts;
        var isAbove = IsAbove(role, cap);
        // A cap that is wanted, or the lowest that is anywhere where there is no room for more: nothing above it can then stay or come.
        if (IsRepeatBeforeGrowth(ledger, index, role, target, rules))
        {
            return cap;
        }

        int? lowered = cap <= lowest ? cap
            : isAbove && !(CanGrow(ledger, rules) && ledger.Allows(index, cap)) ? lowest
            : null;
        return lowered is { } value && NeedsCap(role, value, rules, mayTakeOver: !ledger.IsOverBudget || value < role.HighestCapWatts) ? value : null;
    }

    /// <summary>Whether a cap that must fall was refused, stays unanswered, or does not come into effect.</summary>
    private static bool IsAnyCapStuck(in FleetLedger ledger, in FleetTargets targets, in TransitionRules rules)
    {
        var isStuck = false;
        for (var i = 0; i < ledger.Count; i++)
        {
            var role = ledger[i];
            isStuck |= targets[i].CapWatts is { } cap && IsAbove(role, cap) && (role.IsCapRefused || role.UnansweredCaps >= MostUnanswered || IsOverdue(role, rules) || NeverCame(role, rules));
        }

        return isStuck;
    }

    private static bool IsAbove(in RoleLedger role, int cap) => role.HighestCapWatts > Math.Max(cap, role.Expected(cap));

    private static int? Shed(in FleetLedger ledger, int index, in RoleTarget target, in TransitionRules rules, in TransitionCursor cursor)
    {
        var role = ledger[index];
        var replicas = cursor is { IsShedding: true, Shares: { } fitting } ? Math.Min(target.Replicas, index == 0 ? fitting.First : fitting.Second) : target.Replicas;
        if (ledger.IsRolling && replicas >= role.AgreedReplicas)
        {
            // What is too many is the rollout's own: old replicas beside the new ones that take their place.
            return null;
        }

        var canGrow = CanGrow(ledger, rules);
        return role.Live > replicas || role.Replicas.Known > replicas || (canGrow && IsUnsettled(role, replicas))
            ? Math.Min(replicas, role.LowestReplicas)
            : null;
    }

    private static int? Grow(in FleetLedger ledger, int index, in RoleTarget target, in TransitionRules rules, in TransitionCursor cursor)
    {
        var role = ledger[index];
        if (role.Live >= target.Replicas)
        {
            return null;
        }

        // A role whose cap may not bind draws what it likes: it must not grow.
        var mayRise = CanGrow(ledger, rules) && !role.IsGrowthHeld && !cursor.IsShedding;
        var most = mayRise ? ledger.MostReplicas(index, target.Replicas, FinalCap(role, target)) : target.Replicas;
        var share = cursor.Shares is { } both ? (index == 0 ? both.First : both.Second) : int.MaxValue;
        most = Math.Min(most, Math.Max(share, role.CommandedReplicas));
        var isUseful = mayRise && most > role.Live && most >= Math.Min(role.LeastReplicas, target.Replicas);
        if (Math.Max(role.OpenReplicas.Highest, role.Replicas.Known ?? 0) > Math.Max(most, role.Live))
        {
            // What was asked for is no longer wanted or no longer fits, and may not have come yet.
            return isUseful ? most : role.LowestReplicas;
        }

        // Replicas that were told to go and have not gone leave no room for others; that they are to go is said again until they do.
        return isUseful ? most : mayRise && role.LowestReplicas < role.Live ? role.LowestReplicas : null;
    }

    private static int? RaiseCap(in FleetLedger ledger, int index, in RoleTarget target, in TransitionRules rules, in TransitionCursor cursor)
    {
        var role = ledger[index];
        return target.CapWatts is { } cap
            && CanGrow(ledger, rules)
            && cap > role.LowestCapWatts
            && !(cursor.HasCapped(index) && role.Cap.Known == cap)
            && NeedsCap(role, cap, rules, mayTakeOver: true)
            && ledger.Allows(index, cap)
            ? cap
            : null;
    }

    /// <summary>
    /// The replicas that each role is to have at most while caps that may be in force are so high that not all that is wanted fits: what the pair
    /// clamp leaves of it, so that the role that grows first does not take the other's room, and both together serve something.
    /// </summary>
    /// <param name="ledger">What may be drawn now.</param>
    /// <param name="targets">What the roles are to become.</param>
    /// <param name="orNothing">What to do where not even the minima fit: nothing is to run, instead of null.</param>
    /// <returns>Null where all fits, or not even the minima do: then a role may grow alone, since some caps are confirmed by replicas only.</returns>
    private static (int First, int Second)? Shares(in FleetLedger ledger, in FleetTargets targets, bool orNothing)
    {
        if (ledger.BudgetWatts is not { } budget)
        {
            return null;
        }

        var watts = 0L;
        for (var i = 0; i < ledger.Count; i++)
        {
            watts += targets[i].Replicas * ledger[i].ReplicaWatts(GrowthCap(ledger[i], targets[i]));
        }

        if (watts <= budget)
        {
            return null;
        }

        var last = ledger.Count - 1;
        var isPair = last > 0;
        var answer = BudgetClamp.Apply(new ClampCase(
            new ReplicaCounts(isPair ? targets.First.Replicas : 0, targets[last].Replicas),
            new ReplicaCounts(isPair ? ledger.First.Live : 0, ledger[last].Live),
            isPair ? ClampRoleOf(ledger.First, targets.First) : ClampRole.Absent,
            ClampRoleOf(ledger[last], targets[last]),
            budget,
            nonGpuWattsPerGpu: ledger.First.NonGpuWattsPerGpu));
        return answer.Reason == ClampReason.PowerBudgetInfeasible && !orNothing ? null
            : isPair ? (answer.Prefill ?? 0, answer.Decode ?? 0)
            : (answer.Decode ?? 0, 0);
    }

    private static ClampRole ClampRoleOf(in RoleLedger role, in RoleTarget target) => new(role.GpusPerReplica, GrowthCap(role, target), Math.Max(1, role.LeastReplicas));

    /// <summary>The cap that a replica to come is charged at: the highest of the one that may be in force and the one that it is to have.</summary>
    private static int GrowthCap(in RoleLedger role, in RoleTarget target) => Math.Max(Math.Max(role.ChargedCapWatts, 1), FinalCap(role, target));

    private static int FinalCap(in RoleLedger role, in RoleTarget target) => target.CapWatts is { } cap ? Math.Max(cap, role.Expected(cap)) : role.ChargedCapWatts;

    /// <summary>Whether a cap still has to be commanded: it was not, or not by this process, or it is not in effect although time enough has passed.</summary>
    /// <param name="role">The role.</param>
    /// <param name="cap">The cap, W.</param>
    /// <param name="rules">What may be done.</param>
    /// <param name="mayTakeOver">Whether what another process commanded is to be commanded once more. It might raise GPUs that others have lowered unseen.</param>
    private static bool NeedsCap(in RoleLedger role, int cap, in TransitionRules rules, bool mayTakeOver)
    {
        if (role.OpenCaps.Exist)
        {
            return true;
        }

        if (!role.Cap.IsOwn || role.Cap.Value != cap)
        {
            return mayTakeOver;
        }

        return !role.IsInEffect(role.Cap) && (role.Cap.WasInEffect || rules.Now - role.Cap.At > rules.ResendAfter);
    }

    /// <summary>
    /// Whether the cap that was commanded last is to be commanded once more, because replicas are to come that will be born under it: agents that apply
    /// what they have read out of order can put it over somebody else's newer one, so that it is read back and is yet not what new GPUs
    /// get. It is charged already, so repeating it raises nothing while the ledger fits.
    /// </summary>
    private static bool IsRepeatBeforeGrowth(in FleetLedger ledger, int index, in RoleLedger role, in RoleTarget target, in TransitionRules rules) =>
        role.Cap is { IsOwn: true, TookTime: true }
        && role.Cap.Value == target.CapWatts
        && rules.Now - role.Cap.Since < rules.CapSettleTime
        && role.Live < target.Replicas
        && CanGrow(ledger, rules)
        && ledger.MostReplicas(index, target.Replicas, FinalCap(role, target)) > role.Live;

    /// <summary>Whether a cap was answered so long ago that it can no longer be expected to come into effect by itself.</summary>
    private static bool IsOverdue(in RoleLedger role, in TransitionRules rules) =>
        role.Cap.Exists && rules.Now - role.Cap.At > rules.OverdueAfter && !role.IsInEffect(role.Cap);

    /// <summary>Whether a cap has not come into effect in all that time, however often it was repeated since.</summary>
    private static bool NeverCame(in RoleLedger role, in TransitionRules rules) =>
        role.Cap is { Exists: true, WasInEffect: false } && rules.Now - role.Cap.Since > rules.OverdueAfter;

    /// <summary>A count that is there already while another command may still change it: only an answer of this process settles that.</summary>
    private static bool IsUnsettled(in RoleLedger role, int replicas) =>
        role.Live == replicas && (role.OpenReplicas.Exist || !role.Replicas.IsOwn || role.Replicas.Value != replicas);
}
