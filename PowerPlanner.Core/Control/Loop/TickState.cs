using System.Collections.Immutable;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

/// <summary>What belongs to the tick under way, and to no snapshot.</summary>
internal readonly record struct TickState
{
    private readonly ImmutableArray<CommandResult> _results;

    public TickKind Kind { get; init; }

    /// <summary>What comes next.</summary>
    public TickPhase Phase { get; init; }

    public TickReading Reading { get; init; }

    /// <summary>Whether the tick comes after the last one.</summary>
    public bool IsInOrder { get; init; }

    /// <summary>Whether something that others changed calls for a sweep at once.</summary>
    public bool IsUrgent { get; init; }

    public DriftJudgement Judgement { get; init; }

    public bool Swept { get; init; }

    public bool ShouldReoptimize { get; init; }

    /// <summary>Whether a plan was taken over on this tick.</summary>
    public bool IsAdopted { get; init; }

    /// <summary>Whether the fleet was read on this tick.</summary>
    public bool IsFleetRead { get; init; }

    public TransitionCursor Cursor { get; init; }

    /// <summary>The command that awaits its answer.</summary>
    public FleetCommand Command { get; init; }

    /// <summary>Commands of its kind that were open before it.</summary>
    public OpenCommands OpenBefore { get; init; }

    /// <summary>The frontends that thresholds are sent to, how far that has come, and how many did not take them.</summary>
    public ThresholdRound Round { get; init; }

    /// <summary>The commands of the tick, in order.</summary>
    public ImmutableArray<CommandResult> Results
    {
        get => _results.IsDefault ? [] : _results;
        init => _results = value;
    }
}
