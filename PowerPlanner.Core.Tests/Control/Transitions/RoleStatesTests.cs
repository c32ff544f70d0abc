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
    public void The_least_and_the_most_of_everything_are_possible() => Assert.Multiple(() =>
    {
        Assert.That(() => RoleStates.ThrowIfImpossible(new RoleState { Ready = 0 }, FleetRole.Decode), Throws.Nothing);
        Assert.That(() => RoleStates.ThrowIfImpossible(new RoleState { Ready = 0, EffectiveCapWatts = 1, GpusPerReplica = 1 }, FleetRole.Decode), Throws.Nothing);
        Assert.That(() => RoleStates.ThrowIfImpossible(new RoleState { Ready = 1_000_000, EffectiveCapWatts = 1_000_000, GpusPerReplica = 1_000_000 }, FleetRole.Decode), Throws.Nothing);
    });

    private static TestCaseData Of(string what, RoleState state) => new TestCaseData(what, state).SetArgDisplayNames(what);
}
