using System.Collections.Immutable;

namespace PowerPlanner.Control;

/// <summary>A line of a journal that this library would have written otherwise.</summary>
public sealed record JournalDifference
{
    /// <summary>The line, from 1.</summary>
    public required long Line { get; init; }

    /// <summary>The tick, from 1 at the beginning of the journal; 0 before the first.</summary>
    public required long Tick { get; init; }

    /// <summary>When it was written, by the recorded wall clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What the line is: <c>decision</c>, <c>status</c>, <c>restored</c> or <c>threw</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What had happened: <c>Observed</c>, <c>Swept</c>, <c>Answered</c> and so on; null where nothing was decided.</summary>
    public string? Input { get; init; }

    /// <summary>What was decided then, as JSON; a status's essentials; or the exception.</summary>
    public required string Recorded { get; init; }

    /// <summary>What is decided now. The same as <see cref="Recorded"/> where only the states differ.</summary>
    public required string Replayed { get; init; }

    /// <summary>Where the states after it differ, at most 50 fields.</summary>
    public ImmutableArray<JournalField> Fields { get; init; } = [];
}
