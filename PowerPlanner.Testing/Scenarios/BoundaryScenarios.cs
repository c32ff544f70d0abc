using System.Collections.Immutable;
using PowerPlanner.Control;
using PowerPlanner.Testing.Simulation;
using static PowerPlanner.Testing.Scenarios.ScenarioAssertion;
using static PowerPlanner.Testing.Scenarios.ScenarioComparison;
using static PowerPlanner.Testing.Scenarios.ScenarioSignal;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>F: exactly on a threshold, and just beyond it.</summary>
internal static class BoundaryScenarios
{
    // 1000 ms / 31.5 ms · 3150 tokens = 100 000 tokens/s with one prefill replica.
    private static readonly BaseProfile Narrow = BaseProfile.H200 with { BudgetWatts = 1200, TtftMs = 31.5 };

    public static ImmutableArray<Scenario> All { get; } =
    [
        Load("F26-load-below", "Load just below 1.15 times the capacity", 114_900, fires: false),
        Load("F26-load-equal", "Load at exactly 1.15 times the capacity", 115_000, fires: false),
        Load("F26", "Load just above 1.15 times the capacity", 115_100, fires: true),
        Ttft("F26-ttft-equal", "TTFT at exactly its target", 500, fires: false),
        Ttft("F26-ttft-above", "TTFT just above its target", 500.001, fires: true),
    ];

    private static Scenario Load(string name, string title, double tokensPerSecond, bool fires) =>
        Boundary(name, title, fires) with { Load = LoadProfile.Steps((0, 2000), (10, tokensPerSecond), (15, 2000)) };

    private static Scenario Ttft(string name, string title, double ttftMs, bool fires) =>
        Boundary(name, title, fires) with { Events = [new ReadingOverride(10, 5, FleetSignal.Ttft, ttftMs)] };

    private static Scenario Boundary(string name, string title, bool fires) => new()
    {
        Name = name,
        Title = title,
        Base = Narrow,
        Physics = FleetPhysics.Physical,
        StartsAtPlan = true,
        Ticks = 60,
        Options = new ControlOptions { ReoptimizeInterval = TimeSpan.FromSeconds(60) },
        Assertions =
        [
            .. ScenarioChecks.Fleet(0, 1, 1, 450, 360),
            At(0, EstimatedTokensPerSecond, Equal, 100_000),
            .. fires
                ? (ScenarioAssertion[])[At(10, ViolationTicks, Equal, 1), At(11, ViolationTicks, Equal, 2), Throughout(0, 11, Swept, Equal, 0), At(12, Swept, Equal, 1)]
                : [Throughout(0, 59, ViolationTicks, Equal, 0), SweepsExactlyAt()],
        ],
    };
}
