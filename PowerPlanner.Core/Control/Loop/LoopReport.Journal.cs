using PowerPlanner.Diagnostics;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopReport
{
    /// <summary>The journal threw: lines are lost, and the next tick begins anew.</summary>
    public void JournalFailed(Exception failure, int lines)
    {
        JournalLost(lines);
        if (State(ConditionKind.JournalFails, true, out _) == EdgeKind.Entered)
        {
            _logger.JournalFailed(_deployment, failure);
        }
    }

    /// <summary>Lines went nowhere.</summary>
    public void JournalLost(int lines) => _instruments.CountLostJournalLines(lines);

    /// <summary>A tick was written whole.</summary>
    public void JournalWorks()
    {
        if (State(ConditionKind.JournalFails, false, out var duration) == EdgeKind.Exited)
        {
            _logger.JournalRecovered(_deployment, duration);
        }
    }
}
