using System.Collections.Immutable;
using PowerPlanner.Control;
using PowerPlanner.Planning;
using PowerPlanner.Testing.Simulation;
using static PowerPlanner.Testing.Scenarios.ScenarioAssertion;
using static PowerPlanner.Testing.Scenarios.ScenarioComparison;
using static PowerPlanner.Testing.Scenarios.ScenarioSignal;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>E: the budget changes, the model fails.</summary>
internal static class BudgetAndModelScenarios
{
    public static ImmutableArray<Scenario> All { get; } =
    [
        new()
        {
            Name = "E21",
            Title = "The budget is halved and comes back",
            Events = [new BudgetChange(50, 2000), new BudgetChange(100, 4000)],
            Assertions =
            [
                .. ScenarioChecks.Fleet(50, 2, 1),
                At(50, LedgerWatts, Equal, 1620),
                At(50, EstimatedTokensPerSecond, Equal, 52_500),
                .. ScenarioChecks.Fleet(100, 7, 1, 450, 360),
                SweepsExactlyAt(50, 100),
                Always(DirectionFlips, AtMost, 2),
            ],
        },
        new()
        {
            Name = "E22",
            Title = "The budget fits nothing from the start, and later everything",
            Base = BaseProfile.H200 with { BudgetWatts = 100 },
            Events = [new BudgetChange(100, 4000)],
            Assertions =
            [
                .. ScenarioChecks.Fleet(0, 0, 0),
                ScenarioChecks.State(0, 99, ControllerState.Infeasible),
                Minimum(0, 1170),

                // What does not fit is looked at again after twelve intervals, whether anybody noticed a change or not.
                SweepsExactlyAt(60, 100),
                .. ScenarioChecks.Fleet(101, 7, 1, 450, 360),
            ],
        },
        OverBudget(OverBudgetPolicy.ScaleDown, ScenarioChecks.Fleet(50, 0, 0)),
        OverBudget(OverBudgetPolicy.TightenCaps, [.. ScenarioChecks.Fleet(50, 7, 1, 200, 200), Throughout(50, 199, LedgerWatts, Equal, 1800)]),
        OverBudget(OverBudgetPolicy.Hold, [.. ScenarioChecks.Fleet(50, 7, 1, 450, 360), Throughout(50, 199, LedgerWatts, Equal, 3870)]),
        new()
        {
            Name = "E23",
            Title = "The model has no estimate from the start",
            Options = new ControlOptions { HalfOpenAfter = null },
            Events = [new ModelFailure(0, 200, ModelFailureMode.NoData)],
            Assertions =
            [
                ScenarioChecks.State(0, 199, ControllerState.Disabled),
                Of("t0: the reason is InfeasibleAtStartup", run => run.Ticks[0].Status.DisabledReason == DisabledReason.InfeasibleAtStartup ? null : $"it is {run.Ticks[0].Status.DisabledReason}"),
                .. ScenarioChecks.Fleet(0, 1, 1, 500, 425),
                Always(LedgerWatts, Equal, 1350),
                At(199, Exceptions, Equal, 1),
            ],
        },
        new()
        {
            Name = "E23-half-open",
            Title = "The model has no estimate from the start, and is asked again now and then",
            Events = [new ModelFailure(0, 200, ModelFailureMode.NoData)],
            Assertions = [ScenarioChecks.State(0, 199, ControllerState.Degraded), At(199, Exceptions, Equal, 14)],
        },
        new()
        {
            Name = "E23-huge",
            Title = "The model answers latencies that meet no target",
            Events = [new ModelFailure(0, 200, ModelFailureMode.HugeLatencies)],
            Assertions = [Always(IsBestEffort, Equal, 1), Always(IsDisabled, Equal, 0), .. ScenarioChecks.Fleet(0, 2, 4), At(199, Exceptions, Equal, 0)],
        },
        new()
        {
            Name = "E24",
            Title = "The model fails in one sweep",
            Events = [new BiasStep(0, FleetSignal.Ttft, 3), new ModelFailure(7, 1, ModelFailureMode.Throws)],
            Assertions =
            [
                At(7, Swept, Equal, 1),
                At(7, Exceptions, Equal, 1),
                At(8, Swept, Equal, 1),
                At(199, Exceptions, Equal, 1),
                NoCommands(),
            ],
        },
        new()
        {
            Name = "E25",
            Title = "The model fails for a while",
            Options = FailingModel,
            Events = [new BiasStep(0, FleetSignal.Ttft, 3), new ModelFailure(3, 5, ModelFailureMode.Throws)],
            Assertions =
            [
                Attempts(10, 3, 4, 6, 10),
                At(10, Exceptions, Equal, 3),
                At(199, Exceptions, Equal, 3),
                Always(IsDisabled, Equal, 0),
                NoCommands(),
            ],
        },
        new()
        {
            Name = "E25-long",
            Title = "The model fails until the optimizer is off, and recovers",
            Options = FailingModel,
            Events = [new BiasStep(0, FleetSignal.Ttft, 3), new ModelFailure(3, 40, ModelFailureMode.Throws)],
            Assertions =
            [
                Attempts(43, 3, 4, 6, 10, 18, 23, 28, 33, 38, 43),
                ScenarioChecks.State(18, 42, ControllerState.Degraded),
                Throughout(43, 199, IsDisabled, Equal, 0),
                NoCommands(),
            ],
        },
        new()
        {
            Name = "E25-hangs",
            Title = "The model hangs instead of failing",
            Options = FailingModel,
            Ticks = 40,
            Events = [new BiasStep(0, FleetSignal.Ttft, 3), new ModelFailure(3, 5, ModelFailureMode.Hangs)],
            Assertions = [Attempts(10, 3, 4, 6, 10), At(10, Exceptions, Equal, 3), NoCommands()],
        },
    ];

    private static ControlOptions FailingModel => new() { ReoptimizeInterval = TimeSpan.FromSeconds(60), HalfOpenAfter = TimeSpan.FromSeconds(300) };

    private static Scenario OverBudget(OverBudgetPolicy policy, ScenarioAssertion[] outcome) => new()
    {
        Name = $"E22-{policy}",
        Title = $"The budget is cut below everything at run time: {policy}",
        Options = new ControlOptions { OverBudgetPolicy = policy },
        Events = [new BudgetChange(50, 100)],
        Assertions =
        [
            .. outcome,
            SweepsExactlyAt(50, 110, 170),
            ScenarioChecks.State(50, 199, ControllerState.Infeasible),
            Minimum(50, 1170),
            Throughout(51, 199, ScenarioSignal.Commands, Equal, 0),
        ],
    };

    private static ScenarioAssertion Minimum(int tick, long watts) => Of(
        FormattableString.Invariant($"t{tick}: PowerBudgetInfeasible, at least {watts} W"),
        run => run.Ticks[tick].Status is { Reason: InfeasibleReason.PowerBudgetInfeasible } status && status.MinimumBudgetWatts == watts
            ? null
            : FormattableString.Invariant($"{run.Ticks[tick].Status.Reason}, {run.Ticks[tick].Status.MinimumBudgetWatts} W"));

    private static ScenarioAssertion Attempts(int untilTick, params int[] ticks) => Of(
        $"the model is asked exactly at {string.Join(", ", ticks)} up to t{untilTick}",
        run => run.Sweeps.Where(tick => tick <= untilTick).SequenceEqual(ticks) ? null : $"it is asked at {string.Join(", ", run.Sweeps.Where(tick => tick <= untilTick))}");
}
