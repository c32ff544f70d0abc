using PowerPlanner.Control;
using PowerPlanner.Control.Loop;
using PowerPlanner.Control.Transitions;

namespace PowerPlanner.Tests.Control.Chaos;

/// <summary>Orders of steps that look right on a healthy fleet and are not. Each does what it does wrong first, and leaves the rest to the right order.</summary>
internal static class Sabotage
{
    /// <summary>Caps that are to rise do so at once, before anything has made room.</summary>
    public static void RaisesCapsFirst(ControlLoop loop) => Replace(loop, (writer, role, target, now, cancel) =>
        target.CapWatts is { } cap && role.Expected(cap) > role.HighestCapWatts && role.Live > 0
            ? writer.SendAsync(role, CommandKind.SetCap, role.Expected(cap), now, cancel)
            : default);

    /// <summary>New replicas come as soon as others have been told to go, whether they are gone or not.</summary>
    public static void CreditsReplicasThatDrain(ControlLoop loop) => Grows(loop, static role => role.Live * role.ReplicaWatts(role.ChargedCapWatts));

    /// <summary>Commands whose outcome is open count for nothing.</summary>
    public static void IgnoresOpenCommands(ControlLoop loop) => Grows(loop, static role => (role.Live + role.Terminating) * role.ReplicaWatts(role.EffectiveCapWatts));

    /// <summary>New replicas are charged at their final cap while the old, higher one is still in force.</summary>
    public static void GrowsBeforeCapsAreDown(ControlLoop loop) => Replace(loop, (writer, role, target, now, cancel) =>
    {
        var others = loop.Ledger.ChargedWatts - role.ChargedWatts;
        return target.CapWatts is { } cap && role.Live < target.Replicas && others + ((target.Replicas + role.Terminating) * role.ReplicaWatts(role.Expected(cap))) <= (loop.Ledger.BudgetWatts ?? long.MaxValue)
            ? writer.SendAsync(role, CommandKind.SetReplicas, target.Replicas, now, cancel)
            : default;
    });

    private static void Grows(ControlLoop loop, Func<RoleLedger, long> charge) => Replace(loop, (writer, role, target, now, cancel) =>
    {
        var left = loop.Ledger.BudgetWatts is { } budget ? budget - loop.Ledger.Roles.Sum(charge) : long.MaxValue;
        var more = (int)Math.Clamp(left / role.ReplicaWatts(role.EffectiveCapWatts), 0, int.MaxValue);
        var replicas = (int)Math.Min(target.Replicas, (long)role.Live + more);
        return replicas > role.Live ? writer.SendAsync(role, CommandKind.SetReplicas, replicas, now, cancel) : default;
    });

    private static void Replace(ControlLoop loop, Func<FleetWriter, RoleLedger, RoleTarget, TimeSpan, CancellationToken, ValueTask<bool>> wrong) =>
        loop.Transition = new WrongTransition(loop.Ledger, loop.Writer, wrong) { ResendAfter = loop.Transition.ResendAfter };

    private sealed class WrongTransition(
        FleetLedger ledger,
        FleetWriter writer,
        Func<FleetWriter, RoleLedger, RoleTarget, TimeSpan, CancellationToken, ValueTask<bool>> wrong) : Transition(ledger, writer)
    {
        private readonly FleetLedger _ledger = ledger;
        private readonly FleetWriter _writer = writer;

        public override async ValueTask StepAsync(RoleTarget[] targets, bool canGrow, TimeSpan now, CancellationToken cancellationToken)
        {
            for (var i = 0; i < targets.Length && canGrow; i++)
            {
                await wrong(_writer, _ledger.Roles[i], targets[i], now, cancellationToken);
            }

            await base.StepAsync(targets, canGrow, now, cancellationToken);
        }
    }
}
