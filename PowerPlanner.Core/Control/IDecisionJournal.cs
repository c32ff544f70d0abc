namespace PowerPlanner.Control;

/// <summary>
/// Where a controller writes what its decisions were made of, as lines of JSON (docs/journal.md), so that <see cref="DecisionReplay"/> can make them
/// again. One journal belongs to one controller, which calls it from one thread at a time.
/// </summary>
/// <remarks>
/// What an implementation throws never reaches the loop: the lines of that tick are lost, which is counted and logged once, and the next tick
/// begins a part anew. It is called within the tick and must not wait for long.
/// </remarks>
public interface IDecisionJournal
{
    /// <summary>Whether a new part is to begin. Asked before each tick; a part has nothing to do with those before it.</summary>
    bool IsFull { get; }

    /// <summary>Begins a part. Its first line carries the whole state, so that the part replays by itself.</summary>
    /// <param name="line">The line in UTF-8, without its end; valid during the call only.</param>
    void Begin(ReadOnlySpan<byte> line);

    /// <summary>Adds a line to the part.</summary>
    /// <param name="line">The line in UTF-8, without its end; valid during the call only.</param>
    void Append(ReadOnlySpan<byte> line);

    /// <summary>A tick is over: what has been written is to outlive the process.</summary>
    void Flush();
}
