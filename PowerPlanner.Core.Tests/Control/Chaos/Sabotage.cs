using PowerPlanner.Control;
using PowerPlanner.Control.Loop;
using PowerPlanner.Control.Transitions;

namespace PowerPlanner.Tests.Control.Chaos;

/// <summary>Orders of steps that look right on a healthy fleet and are not. Each does what it does wrong first, and leaves the rest to the right order.</summary>
internal static class Sabotage
{
    private delegate (CommandKind Kind, int Value)? WrongStep(in FleetLedger fleet, in RoleLedger role, in RoleTarget target);

    /// <summary>Caps that are to rise do so at once, before anything has made room.</summary>
    public static void RaisesCapsFirst(ControlLoop loop) => Replace(loop, static (in _, in role, in target) =>
        target.CapWatts is { } cap && role.Expected(cap) > role.HighestCapWatts && role.Live > 0 ? (CommandKind.SetCap, role.Expected(cap)) : null);

    /// <summary>New replicas come as soon as others have been told to go, whether they are gone or not.</summary>
    public static void CreditsReplicasThatDrain(ControlLoop loop) => Grows(loop, static role => role.Live * role.ReplicaWatts(role.ChargedCapWatts));

    /// <summary>Commands whose outcome is open count for nothing.</summary>
    public static void IgnoresOpenCommands(ControlLoop loop) => Grows(loop, static role => (role.Live + role.Terminating) * role.ReplicaWatts(role.EffectiveCapWatts));

    /// <summary>New replicas are charged at their final cap while the old, higher one is still in force.</summary>
    public static void GrowsBeforeCapsAreDown(ControlLoop loop) => Replace(loop, static (in fleet, in role, in target) =>
    {
        var others = fleet.ChargedWatts - role.ChargedWatts;
        return target.CapWatts is { } cap && role.Live < target.Replicas && others + ((target.Replicas + role.Terminating) * role.ReplicaWatts(role.Expected(cap))) <= (fleet.BudgetWatts ?? long.MaxValue)
            ? (CommandKind.SetReplicas, target.Replicas)
            : null;
    });

    private static void Grows(ControlLoop loop, Func<RoleLedger, long> charge) => Replace(loop, (in fleet, in role, in target) =>
    {
        var charged = charge(fleet.First) + (fleet.Count > 1 ? charge(fleet.Second) : 0);
        var left = fleet.BudgetWatts is { } budget ? budget - charged : long.MaxValue;
        var more = (int)Math.Clamp(left / role.ReplicaWatts(role.EffectiveCapWatts), 0, int.MaxValue);
        var replicas = (int)Math.Min(target.Replicas, (long)role.Live + more);
        return replicas > role.Live ? (CommandKind.SetReplicas, replicas) : null;
    });

    private static void Replace(ControlLoop loop, WrongStep wrong) => loop.NextStep = (in ledger, in targets, in rules, ref cursor) =>
    {
        // Before the first of the right steps: a position of −n says that n roles have had their wrong one.
        while (rules.CanGrow && cursor.Position <= 0 && -cursor.Position < ledger.Count)
        {
            var role = -cursor.Position;
            cursor = cursor with { Position = -(role + 1) };
            if (wrong(ledger, ledger[role], targets[role]) is { } step)
            {
                return (role, step.Kind, step.Value);
            }
        }

        cursor = cursor.Position < 0 ? cursor with { Position = 0 } : cursor;
        return Transition.Next(ledger, targets, rules, ref cursor);
    };
}
