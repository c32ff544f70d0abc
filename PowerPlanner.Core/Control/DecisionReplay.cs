using PowerPlanner.Control.Journals;

namespace PowerPlanner.Control;

/// <summary>
/// Makes the decisions of a journal again, from the recorded inputs alone: no source, no actuator, no model. The same version decides the same, byte for
/// byte; another version, or other options, show where they would decide differently. After a difference the replay goes on from what
/// was recorded, so that one difference is told once.
/// </summary>
public static class DecisionReplay
{
    /// <summary>Replays a journal.</summary>
    /// <param name="journal">The lines; read to the end and left open.</param>
    /// <param name="options">Options to decide with; null (default) = the recorded ones.</param>
    /// <param name="mostDifferences">Most differences that are told; at least 0. All are counted.</param>
    /// <exception cref="InvalidJournalException">The journal is damaged, was changed, or is of another version; the message names the line.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static DecisionReplayResult Run(Stream journal, ControlOptions? options = null, int mostDifferences = 100)
    {
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentOutOfRangeException.ThrowIfNegative(mostDifferences);
        options?.Validate();
        using var replayer = new JournalReplayer(options, mostDifferences);
        foreach (var line in JournalReader.Read(journal))
        {
            replayer.Take(line);
        }

        return replayer.Result();
    }
}
