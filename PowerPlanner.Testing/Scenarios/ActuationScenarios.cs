using System.Collections.Immutable;
using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Testing.Simulation;
using static PowerPlanner.Testing.Scenarios.ScenarioAssertion;
using static PowerPlanner.Testing.Scenarios.ScenarioComparison;
using static PowerPlanner.Testing.Scenarios.ScenarioSignal;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>B: caps, counts and thresholds do not arrive as they were sent.</summary>
internal static class ActuationScenarios
{
    public static ImmutableArray<Scenario> All { get; } =
    [
        new()
        {
            Name = "B7",
            Title = "The table's cap lies below what the hardware accepts",
            Base = BaseProfile.H200 with { DecodeWatts = 180, DecodeCapWatts = 180 },
            Assertions =
            [
                .. ScenarioChecks.Fleet(0, 7, 2, 450, 200),
                Always(LedgerWatts, Equal, 3950),
                Always(EstimatedTokensPerSecond, Equal, 183_750),
                Always(CapClamped, Equal, 1),
            ],
        },
        new()
        {
            Name = "B8",
            Title = "The table's power is more than any board draws",
            Base = BaseProfile.H100Pcie with { PrefillWatts = 750, DecodeWatts = 750, PrefillCapWatts = 750, DecodeCapWatts = 750 },
            Assertions =
            [
                .. ScenarioChecks.Fleet(0, 4, 1, 350, 350),
                Always(LedgerWatts, Equal, 1750),
                Always(PowerClamped, AtLeast, 1),
            ],
        },
        new()
        {
            Name = "B9",
            Title = "Writes are denied while a cap has to rise",
            Events = [new WritesDenied(10, 5), new BiasStep(12, FleetSignal.PowerDecode, 1.35)],
            Assertions =
            [
                SweepsExactlyAt(13, 18),
                Throughout(0, 14, DecodeCapWatts, Equal, 360),
                ScenarioChecks.State(13, 14, ControllerState.Converging),
                Throughout(0, 14, LedgerWatts, Equal, 3870),
                .. ScenarioChecks.Fleet(15, 7, 1, 450, 398),
                Throughout(15, 17, LedgerWatts, Equal, 3946),
                .. ScenarioChecks.Fleet(18, 6, 1, 450, 472),
            ],
        },
        new()
        {
            Name = "B10",
            Title = "Caps are recorded and not enforced",
            Physics = FleetPhysics.Physical,
            StartsAtPlan = true,
            Events = [new CapsNotEnforced(0, 200), new BiasStep(0, FleetSignal.PowerDecode, 1.5)],
            Assertions =
            [
                Throughout(0, 6, IsDecodeCapNotEnforced, Equal, 1),
                Throughout(7, 199, IsDecodeCapNotEnforced, Equal, 0),
                .. ScenarioChecks.Values(CorrectionPowerDecode, ScenarioChecks.Printed, (0, 1.15), (1, 1.255), (2, 1.3285)),

                // Three windows prove what is drawn; until then what was read back is charged.
                Throughout(0, 1, LedgerWatts, Equal, 3870),

                // The last one when draw and caps have agreed for three windows: the plan for caps that did not hold is left.
                SweepsExactlyAt(2, 6, 9),
                .. ScenarioChecks.Fleet(2, 5, 1, 450, 360),
                At(3, LedgerWatts, Equal, 3540),
                At(3, TrueWatts, Equal, 3330),
                At(7, DecodeCapWatts, Equal, 526),
                Throughout(0, 7, PrefillReplicas, AtMost, 7),
                Throughout(0, 7, DecodeReplicas, AtMost, 1),
            ],
        },
        new()
        {
            Name = "B11",
            Title = "Two of three frontends refuse their thresholds for half an hour",
            Options = new ControlOptions { AdmissionMode = AdmissionMode.Autoset },
            Events = [new FrontendFault(0, 30, 0.67)],
            Assertions =
            [
                At(29, PartialAdmission, Equal, 62),
                Throughout(0, 29, UnacknowledgedFrontends, Equal, 2),
                Throughout(30, 199, UnacknowledgedFrontends, Equal, 0),
                At(199, PartialAdmission, Equal, 62),
                SweepsExactlyAt(),
            ],
        },
    ];
}
