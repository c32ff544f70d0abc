using System.Collections.Immutable;

namespace PowerPlanner.Control;

/// <summary>What became of a journal's decisions when they were made again.</summary>
public sealed record DecisionReplayResult
{
    /// <summary>Lines that were read.</summary>
    public long Lines { get; init; }

    /// <summary>Parts: one for each start of a process, and for each time that the journal was full or failed.</summary>
    public long Parts { get; init; }

    /// <summary>Ticks of any kind.</summary>
    public long Ticks { get; init; }

    /// <summary>Decisions, restored snapshots included: <see cref="Equal"/> + <see cref="Different"/> + <see cref="Skipped"/>.</summary>
    public long Decisions { get; init; }

    /// <summary>Decisions that were made again with the same intent and the same state, byte for byte.</summary>
    public long Equal { get; init; }

    /// <summary>Decisions whose intent or state is another one now.</summary>
    public long Different { get; init; }

    /// <summary>Decisions that answer to a different one earlier on the same tick, so that nothing can be said about them.</summary>
    public long Skipped { get; init; }

    /// <summary>Statuses whose essentials are others now, although the decisions before them are not.</summary>
    public long DifferentStatuses { get; init; }

    /// <summary>Lines that were cut short, as by a process that died while it wrote; what they began is left out.</summary>
    public ImmutableArray<long> CutLines { get; init; } = [];

    /// <summary>The versions of the library that wrote the journal, each once.</summary>
    public ImmutableArray<string> Libraries { get; init; } = [];

    /// <summary>The first differences, as many as were asked for.</summary>
    public ImmutableArray<JournalDifference> Differences { get; init; } = [];

    /// <summary>Whether every decision and every status came out the same.</summary>
    public bool IsEqual => Different == 0 && DifferentStatuses == 0;
}
