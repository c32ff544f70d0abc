using System.Collections.Immutable;
using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Planning;
using PowerPlanner.Testing.Simulation;
using static PowerPlanner.Testing.Scenarios.ScenarioAssertion;
using static PowerPlanner.Testing.Scenarios.ScenarioComparison;
using static PowerPlanner.Testing.Scenarios.ScenarioSignal;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>X: what the reference's test bed never asked.</summary>
internal static class AdditionalScenarios
{
    private static readonly BaseProfile OneKilowatt = BaseProfile.H200 with
    {
        NameplateWatts = 1000,
        MaxCapWatts = 1000,
        TtftMs = 80,
        PrefillWatts = 1000,
        DecodeWatts = 1000,
        BudgetWatts = 5000,
        PrefillCapWatts = 1000,
        DecodeCapWatts = 1000,
        DecodeGpus = 1,
    };

    private static readonly BaseProfile Impatient = BaseProfile.H200 with { TtftTargetMs = 200 };

    public static ImmutableArray<Scenario> All { get; } =
    [
        new()
        {
            Name = "X1",
            Title = "Four decode replicas make room for prefill, and drain for three ticks",
            Base = OneKilowatt,
            Physics = FleetPhysics.Physical,
            InitialReplicas = (1, 4),
            Drain = TimeSpan.FromSeconds(180),
            Ticks = 30,
            Assertions = [Always(PeakChargedWatts, AtMost, 5000), Always(PeakLedgerWatts, AtMost, 5000), .. ScenarioChecks.Fleet(29, 4, 1, 1000, 1000)],
        },
        new()
        {
            Name = "X2",
            Title = "Caps fall and replicas grow in one plan",
            Base = BaseProfile.H200 with { BudgetWatts = 6000, PrefillGpus = 2, PrefillCapWatts = 700, DecodeCapWatts = 700 },
            Physics = FleetPhysics.Physical,
            InitialReplicas = (2, 2),
            Drain = TimeSpan.FromSeconds(60),
            Ticks = 30,
            Assertions =
            [
                Always(PeakChargedWatts, AtMost, 6000),
                Of("the charge passes 5940 W on the way to (5,1)", run => run.MaxPeakWatts == 5940 ? null : FormattableString.Invariant($"the highest is {run.MaxPeakWatts} W")),
                .. ScenarioChecks.Fleet(29, 5, 1, 450, 360),
            ],
        },
        Overload("X3", "Load far above capacity for half an hour", LoadProfile.Steps((0, 700_000), (30, 2000))),
        Overload("X3-ramp", "Load that climbs far above capacity", LoadProfile.Steps(Enumerable.Range(0, 30).Select(tick => (tick, 2000 + (23_000.0 * tick))).Append((30, 2000)))),
        new()
        {
            Name = "X4",
            Title = "A prefill-bound fleet is not starved of prefill",
            Ticks = 10,
            Assertions =
            [
                Of("the plan serves at least 50 requests/s within 4000 W", run => run.Ticks[0].Status.Plan is { ThroughputRequestsPerSecond: >= 50, TotalWatts: <= 4000 } ? null : $"the plan is {run.Ticks[0].Status.Plan}"),
            ],
        },
        new()
        {
            Name = "X5",
            Title = "The KV cache does not hold a single sequence",
            Base = BaseProfile.H200 with { KvTokens = 2000 },
            Ticks = 10,
            Assertions =
            [
                ScenarioChecks.State(0, 9, ControllerState.Infeasible),
                Of("the reason is KvInfeasible", run => run.Ticks[0].Status is { Reason: InfeasibleReason.KvInfeasible, Plan: null } ? null : $"it is {run.Ticks[0].Status.Reason}"),
            ],
        },
        new()
        {
            Name = "X6",
            Title = "The largest batch misses the target, a smaller one meets it",
            Base = BaseProfile.H200 with { DecodePoints = [(32, 38), (63, 60)] },
            Physics = FleetPhysics.Physical,
            StartsAtPlan = true,
            Ticks = 10,
            Assertions =
            [
                Always(IsDisabled, Equal, 0),
                Always(IsBestEffort, Equal, 0),
                Of("the plan meets 50 ms", run => run.Ticks[0].Status.Plan is { ItlMs: <= 50 } ? null : $"the plan is {run.Ticks[0].Status.Plan}"),
            ],
        },
        new()
        {
            Name = "X7",
            Title = "The model knows the power of one side only",
            Base = BaseProfile.H200 with { DecodeWatts = null },
            Ticks = 10,
            Assertions = [At(0, PrefillCapWatts, Equal, 450), At(0, DecodeCapWatts, Equal, 700)],
        },
        new()
        {
            Name = "X8",
            Title = "A new table halves the predictions",
            Events = [new BiasStep(0, FleetSignal.PowerPrefill, 0.95), new BiasStep(0, FleetSignal.PowerDecode, 0.95), new ModelRevision(50, 225, 180)],
            Assertions =
            [
                Throughout(0, 49, PrefillCapWatts, Equal, 450),
                Throughout(50, 199, PrefillCapWatts, AtLeast, 427),
                Throughout(50, 199, DecodeCapWatts, AtLeast, 342),
                Throughout(50, 199, PrefillCapWatts, AtMost, 450),
                Throughout(50, 199, DecodeCapWatts, AtMost, 360),
            ],
        },
        new()
        {
            Name = "X9",
            Title = "Readings that cannot be, twice and late, on every signal",
            Load = LoadProfile.Constant(20_000),
            Events =
            [
                .. Enum.GetValues<FleetSignal>().SelectMany(signal => (double[])[double.NaN, double.PositiveInfinity, -1, 0], (signal, value) => (signal, value))
                    .Select((junk, i) => new ReadingOverride(100 + ((i % 4) * 5), 5, junk.signal, junk.value)),
                new ReportedAge(120, 5, TimeSpan.FromSeconds(200)),
            ],
            Assertions = [ScenarioChecks.CoefficientsAsAt(99, 100, 124), Always(IsDisabled, Equal, 0), NoCommands()],
        },
        new()
        {
            Name = "X12",
            Title = "The clock jumps, a tick is skipped, a tick comes twice",
            Events =
            [
                new BiasStep(0, FleetSignal.Ttft, 3),
                new BiasStep(0, FleetSignal.Itl, 1.3),
                new ClockJump(10, TimeSpan.FromHours(-1)),
                new TickCount(17, 0),
                new TickCount(24, 2),
                new ClockJump(30, TimeSpan.FromHours(5)),
            ],
            Ticks = 100,
            Assertions = [SweepsExactlyAt(7, 14, 26, 48, 90), NoCommands()],
        },
        new()
        {
            Name = "X13",
            Title = "A frontend restarts and has lost its thresholds",
            Options = new ControlOptions { AdmissionMode = AdmissionMode.Autoset },
            Ticks = 40,
            Events = [new FrontendRestart(20, "f2")],
            Assertions =
            [
                Throughout(22, 39, UnacknowledgedFrontends, Equal, 0),
                Of("t22: every frontend has the same thresholds", run => run.Ticks[22].After.Frontends.Select(frontend => frontend.Thresholds).Distinct().Count() == 1 ? null : "they differ"),
            ],
        },
        new()
        {
            Name = "X14",
            Title = "Advisory: decisions and no deeds",
            Options = new ControlOptions { Advisory = true, AdmissionMode = AdmissionMode.Autoset },
            Assertions =
            [
                NoCommands(),
                Of("nothing is written at the start", run => run.Start.Commands.IsEmpty ? null : $"{run.Start.Commands.Length} commands"),
                Of("the plan is (7,1) at 450/360 W", run => run.Ticks[0].Status.Plan is { PrefillReplicas: 7, DecodeReplicas: 1, PrefillCapWatts: 450, DecodeCapWatts: 360 } ? null : $"it is {run.Ticks[0].Status.Plan}"),
            ],
        },
        new()
        {
            Name = "X15",
            Title = "A decode replica has more GPUs than configured",
            Base = BaseProfile.H200 with { FleetDecodeGpus = 4 },
            Assertions = [Always(PeakChargedWatts, AtMost, 4000), At(199, LedgerWatts, AtMost, 4000)],
        },
    ];

    private static Scenario Overload(string name, string title, LoadProfile load) => new()
    {
        Name = name,
        Title = title,
        Base = Impatient,
        Physics = FleetPhysics.Physical,
        StartsAtPlan = true,
        Ticks = 80,
        Load = load,
        Assertions =
        [
            ScenarioChecks.Never(ControllerState.Disabled),
            ScenarioChecks.Never(ControllerState.Degraded),
            Throughout(40, 79, IsBestEffort, Equal, 0),
            Throughout(40, 79, TtftMs, AtMost, 200),
        ],
    };
}
