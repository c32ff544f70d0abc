using System.Collections.Immutable;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>A scenario's run, from first to last tick. Immutable.</summary>
public sealed record ScenarioRun
{
    /// <summary>The scenario.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>Seed of its noise.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What the start left behind.</summary>
    public required ScenarioTick Start { get; init; }

    /// <summary>The ticks, by number.</summary>
    public required ImmutableArray<ScenarioTick> Ticks { get; init; }

    /// <summary>What the controller logged.</summary>
    public ImmutableArray<ScenarioLogEntry> Log { get; init; } = [];

    /// <summary>Each assertion and invariant that does not hold, in words: which, at which tick, what was expected and what came. Empty = passed.</summary>
    public ImmutableArray<string> Violations { get; init; } = [];

    /// <summary>Whether everything holds.</summary>
    public bool Passed => Violations.IsEmpty;

    /// <summary>The ticks on which the controller asked its model.</summary>
    public IEnumerable<int> Sweeps => Ticks.Where(tick => tick.Status.Swept).Select(tick => tick.Tick);

    /// <summary>The highest charge of the fleet at any time, W.</summary>
    public long MaxPeakWatts => Math.Max(Start.PeakChargedWatts, Ticks.Max(tick => tick.PeakChargedWatts));
}
