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
                At(102, CorrectionPowerDecode, AtLeast, 1 + (0.35 * 0.5)),
                At(107, CorrectionPowerDecode, AtLeast, 1 + (0.35 * 0.9)),

                // The first reading moves nothing: none agrees with it yet.
                .. ScenarioChecks.Values(CorrectionPowerDecode, Printed, (100, 1), (101, 1.105), (102, 1.1785), (106, 1.3088), (107, 1.3212)),
                SweepsExactlyAt(101, 106),
                .. ScenarioChecks.Fleet(101, 7, 1, 450, 398),
                .. ScenarioChecks.Fleet(106, 6, 1, 450, 472),
                At(106, LedgerWatts, Equal, 3644),
            ],
        },
        new()
        {
            Name = "A5",
            Title = "The demand of decode swings by 20 % every four ticks",
            Events = [new BiasSine(0, FleetSignal.PowerDecode, 0.2, 4)],
            Assertions =
            [
                // The first reading counts alone; after that none is ever confirmed by one of the two before it.
                Always(CorrectionPowerDecode, AtLeast, 0.99),
                Always(CorrectionPowerDecode, AtMost, 1.061),
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
                // One reading moves it by at most 0.3, however far off it is.
                .. ScenarioChecks.Values(CorrectionPowerDecode, Printed, (0, 1.3), (1, 1.6), (2, 1.9), (3, 2)),
                Throughout(3, 199, CorrectionPegged, Equal, 1),
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
