using System.Collections.Immutable;
using PowerPlanner.Testing.Simulation;
using static PowerPlanner.Testing.Scenarios.ScenarioAssertion;
using static PowerPlanner.Testing.Scenarios.ScenarioComparison;
using static PowerPlanner.Testing.Scenarios.ScenarioSignal;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>C: nodes go and come.</summary>
internal static class NodeScenarios
{
    public static ImmutableArray<Scenario> All { get; } =
    [
        new()
        {
            Name = "C12",
            Title = "A decode replica is lost under light load",
            Load = LoadProfile.Constant(500),
            Events = [new NodeChange(50, 0, -1)],
            Assertions =
            [
                SweepsExactlyAt(),
                At(50, DecodeReady, Equal, 0),
                At(50, DecodeReplicas, Equal, 1),
                At(51, DecodeReady, Equal, 1),
            ],
        },
        new()
        {
            Name = "C13",
            Title = "A decode replica is lost under heavy load",
            Physics = FleetPhysics.Physical,
            Base = BaseProfile.H200 with { BudgetWatts = 8000 },
            Load = LoadProfile.Constant(198_450),
            Events = [new NodeChange(30, 0, -1)],
            Assertions =
            [
                .. ScenarioChecks.Fleet(1, 13, 2, 450, 360),
                At(1, LedgerWatts, Equal, 7290),
                Throughout(2, 29, TtftMs, Equal, 286.8, 1e-3),
                Throughout(2, 29, ItlMs, Equal, 20, 1e-9),
                Throughout(1, 29, ViolationTicks, Equal, 0),
                At(30, ViolationTicks, Equal, 1),
                At(30, DecodeReplicas, Equal, 2),
                At(31, DecodeReady, Equal, 2),
                Throughout(31, 199, ViolationTicks, Equal, 0),
                SweepsExactlyAt(),
                Throughout(8, 199, CorrectionTtft, Equal, 2),
                Throughout(5, 199, CorrectionItl, Equal, 2),
            ],
        },
        new()
        {
            Name = "C13-slow",
            Title = "A lost replica takes three minutes to come back: one sweep, the same plan",
            Physics = FleetPhysics.Physical,
            Base = BaseProfile.H200 with { BudgetWatts = 8000 },
            Load = LoadProfile.Constant(198_450),
            StartsAtPlan = true,
            Warmup = TimeSpan.FromSeconds(180),
            Events = [new NodeChange(30, 0, -1)],
            Assertions =
            [
                SweepsExactlyAt(32),
                At(33, DecodeReady, Equal, 2),
                .. ScenarioChecks.Fleet(199, 13, 2, 450, 360),
            ],
        },
        new()
        {
            Name = "C14",
            Title = "All decode replicas are lost, and the latencies with them",
            Events = [new NodeChange(20, 0, -4), new MetricsOutage(20, 10, [FleetSignal.Ttft, FleetSignal.Itl])],
            Assertions =
            [
                At(20, DecodeReady, Equal, 0),
                Throughout(22, 199, DecodeReady, Equal, 1),
                SweepsExactlyAt(),
            ],
        },
        new()
        {
            Name = "C15",
            Title = "Two decode replicas vanish, and later two come that nobody asked for",
            Events = [new NodeChange(50, 0, -2), new NodeChange(100, 0, 2)],
            Assertions =
            [
                At(50, DecodeReady, Equal, 0),
                At(50, PrefillReady, Equal, 7),
                At(51, DecodeReady, Equal, 1),
                At(100, DecodeReady, Equal, 3),
                At(100, PeakChargedWatts, Equal, 5310),
                At(100, DecodeReplicas, Equal, 1),
                At(101, DecodeReady, Equal, 1),
                Throughout(51, 199, PrefillReplicas, Equal, 7),
            ],
        },
        new()
        {
            Name = "C16",
            Title = "Foreign decode replicas appear while the draw falls and recovers",
            Physics = FleetPhysics.Physical,
            StartsAtPlan = true,
            Ticks = 60,
            Events = [new NodeChange(5, 0, 2), new BiasStep(5, FleetSignal.PowerDecode, 0.7), new BiasStep(8, FleetSignal.PowerDecode, 1)],
            Assertions =
            [
                At(5, DecodeReady, Equal, 3),
                At(5, DecodeReplicas, Equal, 1),
                .. ScenarioChecks.Values(CorrectionPowerDecode, ScenarioChecks.Printed, (5, 1), (6, 1), (7, 0.91), (8, 0.91)),
            ],
        },
    ];
}
