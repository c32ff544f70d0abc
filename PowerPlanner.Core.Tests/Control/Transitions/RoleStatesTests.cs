using PowerPlanner.Control;
using PowerPlanner.Control.Transitions;

namespace PowerPlanner.Tests.Control.Transitions;

internal sealed class RoleStatesTests
{
    private static readonly RoleState Possible = new() { Ready = 2, Starting = 1, Terminating = 1, EffectiveCapWatts = 450, GpusPerReplica = 8 };

    private static readonly TestCaseData[] Impossible =
    [
        Of("Ready -1", Possible with { Ready = -1 }),
        Of("Ready 1000001", Possible with { Ready = 1_000_001 }),
        Of("Starting -1", Possible with { Starting = -1 }),
        Of("Terminating -1", Possible with { Terminating = -1 }),
        Of("EffectiveCapWatts 0", Possible with { EffectiveCapWatts = 0 }),
        Of("EffectiveCapWatts 1000001", Possible with { EffectiveCapWatts = 1_000_001 }),
        Of("GpusPerReplica 0", Possible with { GpusPerReplica = 0 }),
        Of("GpusPerReplica 1000001", Possible with { GpusPerReplica = 1_000_001 }),
        Of("Starting 1000001", Possible with { Starting = 1_000_001 }),
        Of("Terminating 1000001", Possible with { Terminating = 1_000_001 }),
        Of("NewbornCap 1000001", Possible with { NewbornCap = NewbornCap.Of(1_000_001) }),
        Of("UnknownCapReplicas -1", Possible with { UnknownCapReplicas = -1 }),
        Of("UnknownCapReplicas 1000001", Possible with { UnknownCapReplicas = 1_000_001 }),
        Of("CapCounts CapWatts 0", Possible with { CapCounts = [new CapCount(0, 1)] }),
        Of("CapCounts CapWatts 1000001", Possible with { CapCounts = [new CapCount(450, 1), new CapCount(1_000_001, 1)] }),
        Of("CapCounts Replicas -1", Possible with { CapCounts = [new CapCount(450, -1)] }),
        Of("CapCounts Replicas 1000001", Possible with { CapCounts = [new CapCount(450, 1_000_001)] }),
        Of("CapCounts with 450 W twice", Possible with { CapCounts = [new CapCount(450, 1), new CapCount(400, 1), new CapCount(450, 1)] }),
        Of("the caps of 5 replicas", Possible with { CapCounts = [new CapCount(450, 3), new CapCount(400, 2)] }),
        Of("the caps of 5 replicas", Possible with { CapCounts = [new CapCount(450, 3)], UnknownCapReplicas = 2 }),
        Of("the caps of 5 replicas", Possible with { UnknownCapReplicas = 5 }),
    ];

    [TestCaseSource(nameof(Impossible))]
    public void A_state_that_no_fleet_can_have_is_refused_by_field_value_and_role(string what, RoleState state) => Assert.That(
        () => RoleStates.ThrowIfImpossible(state, FleetRole.Decode),
        Throws.InvalidOperationException.With.Message.Contains($"{what} of the Decode role"));

    [Test]
    public void A_missing_state_is_refused() => Assert.That(
        () => RoleStates.ThrowIfImpossible(null, FleetRole.Prefill),
        Throws.InvalidOperationException.With.Message.Contains("no state of the Prefill role"));

    [Test]
    public void Caps_of_more_replicas_than_there_are_are_refused_by_both_numbers() => Assert.That(
        () => RoleStates.ThrowIfImpossible(Possible with { CapCounts = [new CapCount(450, 3)], UnknownCapReplicas = 2 }, FleetRole.Decode),
        Throws.InvalidOperationException.With.Message.EqualTo("The actuator answered the caps of 5 replicas of the Decode role, 2 unknown ones among them; there are 4."));

    [Test]
    public void Counts_of_some_of_all_and_of_no_replicas_are_possible() => Assert.Multiple(() =>
    {
        Assert.That(() => RoleStates.ThrowIfImpossible(Possible with { CapCounts = default }, FleetRole.Decode), Throws.Nothing);
        Assert.That(() => RoleStates.ThrowIfImpossible(Possible with { CapCounts = [new CapCount(450, 1)] }, FleetRole.Decode), Throws.Nothing);
        Assert.That(() => RoleStates.ThrowIfImpossible(Possible with { CapCounts = [new CapCount(450, 2), new CapCount(1, 0)], UnknownCapReplicas = 2 }, FleetRole.Decode), Throws.Nothing);
        Assert.That(() => RoleStates.ThrowIfImpossible(Possible with { UnknownCapReplicas = 4, NewbornCap = NewbornCap.Unknown, EffectiveCapWatts = null }, FleetRole.Decode), Throws.Nothing);
    });

    [Test]
    public void The_least_and_the_most_of_everything_are_possible() => Assert.Multiple(() =>
    {
        Assert.That(() => RoleStates.ThrowIfImpossible(new RoleState { Ready = 0 }, FleetRole.Decode), Throws.Nothing);
        Assert.That(() => RoleStates.ThrowIfImpossible(new RoleState { Ready = 0, EffectiveCapWatts = 1, GpusPerReplica = 1 }, FleetRole.Decode), Throws.Nothing);
        Assert.That(() => RoleStates.ThrowIfImpossible(new RoleState { Ready = 1_000_000, EffectiveCapWatts = 1_000_000, GpusPerReplica = 1_000_000 }, FleetRole.Decode), Throws.Nothing);
        Assert.That(
            () => RoleStates.ThrowIfImpossible(new RoleState { Ready = 1_000_000, Starting = 1_000_000, CapCounts = [new CapCount(1_000_000, 1_000_000)], UnknownCapReplicas = 1_000_000, NewbornCap = NewbornCap.Of(1_000_000) }, FleetRole.Decode),
            Throws.Nothing);
    });

    private static TestCaseData Of(string what, RoleState state) => new TestCaseData(what, state).SetArgDisplayNames(what);
}
