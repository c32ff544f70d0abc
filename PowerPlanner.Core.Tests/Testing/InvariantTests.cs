using PowerPlanner.Control;
using PowerPlanner.Testing.Scenarios;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Tests.Testing;

/// <summary>The invariants of every run notice what breaks them.</summary>
internal sealed class InvariantTests
{
    [Test]
    public async Task Replicas_above_the_budget_break_I1() =>
        Assert.That(
            await ViolationsAsync(Base, actuator => new BrokenActuator(actuator)
            {
                OnSetReplicas = async (command, token) => await actuator.SetReplicasAsync(command with { Replicas = command.Replicas + 3 }, token),
            }),
            Has.Some.Contains("I1"));

    [Test]
    public async Task A_cap_above_the_budget_breaks_I1() =>
        Assert.That(
            await ViolationsAsync(Base with { StartsAtPlan = true, Events = [new BiasStep(10, FleetSignal.PowerDecode, 1.35)] }, actuator => new BrokenActuator(actuator)
            {
                OnSetCap = async (command, token) => await actuator.SetCapAsync(command with { CapWatts = 700 }, token),
            }),
            Has.Some.Contains("I1"));

    [Test]
    public async Task A_budget_that_is_cut_and_not_followed_breaks_I1()
    {
        var cut = Base with { Events = [new BudgetChange(10, 2000)] };

        var violations = await ViolationsAsync(cut, actuator =>
        {
            var calls = 0;
            return new BrokenActuator(actuator)
            {
                // The start's commands arrive, those of the cut are acknowledged and forgotten.
                OnSetReplicas = async (command, token) => calls++ < 2
                    ? await actuator.SetReplicasAsync(command, token)
                    : (await actuator.ReadAsync(token)).Of(command.Role)!,
            };
        });

        Assert.That(violations, Has.Some.Contains("I1: the ledger is still"));
    }

    [Test]
    public async Task Counts_below_the_minimum_break_I3() =>
        Assert.That(
            await ViolationsAsync(Base with { Base = BaseProfile.H200 with { MinEndpoint = 2 } }, actuator => new BrokenActuator(actuator)
            {
                OnSetReplicas = async (command, token) => await actuator.SetReplicasAsync(command with { Replicas = 1 }, token),
            }),
            Has.Some.Contains("I3"));

    [Test]
    public async Task Commands_that_repeat_what_is_in_effect_break_I5() =>
        Assert.That(
            await ViolationsAsync(Base, actuator => new BrokenActuator(actuator)
            {
                OnSetCap = async (command, token) =>
                {
                    await actuator.SetCapAsync(command, token);
                    return await actuator.SetCapAsync(command, token);
                },
            }),
            Has.Some.Contains("I5"));

    [Test]
    public async Task Counts_that_swing_break_I6() =>
        Assert.That(
            await ViolationsAsync(Base, actuator =>
            {
                var replicas = 7;
                return new Swinging(actuator, () => replicas = replicas == 7 ? 6 : 7);
            }),
            Has.Some.Contains("I6"));

    [Test]
    public async Task Nothing_in_between_breaks_nothing() => Assert.That(await ViolationsAsync(Base, actuator => actuator), Is.Empty);

    private static Scenario Base => new() { Name = "base", Title = "Nothing happens", Ticks = 60 };

    private static async Task<IEnumerable<string>> ViolationsAsync(Scenario scenario, Func<IActuator, IActuator> between) =>
        (await ScenarioRunner.RunAsync(scenario, between: between)).Violations;

    private sealed class Swinging(IActuator inner, Func<int> next) : IActuator
    {
        public async ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken)
        {
            await inner.SetReplicasAsync(new SetReplicasCommand(FleetRole.Prefill, next(), 1), cancellationToken);
            return await inner.ReadAsync(cancellationToken);
        }

        public ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) => inner.SetCapAsync(command, cancellationToken);

        public ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) => inner.SetReplicasAsync(command, cancellationToken);

        public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) => inner.SetThresholdsAsync(command, cancellationToken);
    }
}
