using System.Collections.Immutable;
using PowerPlanner.Testing.Simulation;
using static PowerPlanner.Testing.Scenarios.ScenarioAssertion;
using static PowerPlanner.Testing.Scenarios.ScenarioComparison;
using static PowerPlanner.Testing.Scenarios.ScenarioSignal;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>A: the table is wrong from the start, or becomes so.</summary>
internal static class TableDriftScenarios
{
    public static ImmutableArray<Scenario> All { get; } =
    [
        new()
        {
            Name = "A1",
            Title = "Decode wants 35 % more than the table says, and its cap hides it",
            Physics = FleetPhysics.Physical,
            StartsAtPlan = true,
            Events = [new BiasStep(0, FleetSignal.PowerDecode, 1.35)],
            Assertions =
            [
                At(0, ItlMs, Equal, 10.979, 1e-4),
                At(0, IsDecodePowerLimited, Equal, 1),
                .. ScenarioChecks.Values(DecodeCapWatts, Exact, (1, 360), (2, 396), (5, 396), (6, 425), (199, 425)),
                At(6, LedgerWatts, Equal, 4000),
                Throughout(7, 199, ItlMs, Equal, 9.277, 1e-4),
                Throughout(0, 4, CorrectionPowerDecode, Equal, 1),
                At(5, CorrectionPowerDecode, Equal, 1.1),
                Throughout(9, 199, CorrectionPowerDecode, Equal, 425 / 360.0),
                SweepsExactlyAt(10),
                .. ScenarioChecks.Fleet(10, 7, 1, 450, 425),
                NoCommands(7),
                Always(TrueWatts, AtMost, 4000),
            ],
        },
        new()
        {
            Name = "A2",
            Title = "Prefill draws less than the table says: no cap falls below the prediction",
            Events = [new BiasStep(0, FleetSignal.PowerPrefill, 0.70)],
            Assertions =
            [
                At(0, CorrectionPowerPrefill, Equal, 0.91),
                At(100, CorrectionPowerPrefill, Equal, 0.70, 1e-6),
                Always(PrefillCapWatts, Equal, 450),
            ],
        },
        new()
        {
            Name = "A3",
            Title = "A latency that no plan can mend: sweeps back off instead of going on for ever",
            Events = [new BiasStep(0, FleetSignal.Ttft, 3), new BiasStep(0, FleetSignal.Itl, 1.3)],
            Assertions =
            [
                At(0, TtftMs, Equal, 566.855, 1e-6),

                // Backoffs of 1, 2, 4, 8 and then 12 intervals of 5 ticks, and 2 more ticks of violation each.
                SweepsExactlyAt(7, 14, 26, 48, 90, 152),
                NoCommands(),
            ],
        },
        new()
        {
            Name = "A4",
            Title = "The demand of decode steps up by 35 %",
            Events = [new BiasStep(100, FleetSignal.PowerDecode, 1.35)],
            Assertions =
            [
                Throughout(0, 99, CorrectionPowerDecode, Equal, 1),
                At(101, CorrectionPowerDecode, AtLeast, 1 + (0.35 * 0.5)),
                At(106, CorrectionPowerDecode, AtLeast, 1 + (0.35 * 0.9)),
                .. ScenarioChecks.Values(CorrectionPowerDecode, Printed, (100, 1.105), (102, 1.23), (105, 1.3088), (107, 1.3298)),
                SweepsExactlyAt(100, 105),
                .. ScenarioChecks.Fleet(100, 7, 1, 450, 398),
                .. ScenarioChecks.Fleet(105, 6, 1, 450, 472),
                At(105, LedgerWatts, Equal, 3644),
            ],
        },
        new()
        {
            Name = "A5",
            Title = "The demand of decode swings by 20 % every four ticks",
            Events = [new BiasSine(0, FleetSignal.PowerDecode, 0.2, 4)],
            Assertions =
            [
                At(1, CorrectionPowerDecode, Equal, 1.06),
                .. ScenarioChecks.Values(CorrectionPowerDecode, Printed, (53, 1.0403), (54, 1.0282), (55, 0.9597), (56, 0.9718)),
                SweepsExactlyAt(),
            ],
        },
        new()
        {
            Name = "A6",
            Title = "The demand of decode is three times the table's: the coefficient pegs, once",
            Events = [new BiasStep(0, FleetSignal.PowerDecode, 3)],
            Assertions =
            [
                At(0, CorrectionPowerDecode, Equal, 1.6),
                At(1, CorrectionPowerDecode, Equal, 2),
                Throughout(1, 199, CorrectionPegged, Equal, 1),
                SweepsExactlyAt(5),
                .. ScenarioChecks.Fleet(5, 5, 1, 450, 700),
                At(5, LedgerWatts, Equal, 3650),
                Always(IsDisabled, Equal, 0),
            ],
        },
    ];

    // Coefficients are printed with four decimals.
    private const double Printed = ScenarioChecks.Printed;
}
