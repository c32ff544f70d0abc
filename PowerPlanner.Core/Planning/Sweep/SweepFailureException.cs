namespace PowerPlanner.Planning.Sweep;

/// <summary>Leaves a sweep from any depth; never leaves the room.</summary>
internal sealed class SweepFailureException : Exception
{
    public SweepFailureException(InfeasibleReason reason, string detail, bool hasModelThrown = false)
        : base(detail)
    {
        Failure = new SweepFailure(reason, detail, hasModelThrown);
    }

    public SweepFailure Failure { get; }
}
