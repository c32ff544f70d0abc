namespace PowerPlanner.Planning.Sweep;

/// <summary>Leaves a sweep from any depth; never leaves the room.</summary>
internal sealed class SweepFailureException : Exception
{
    public SweepFailureException(InfeasibleReason reason, string detail)
        : base(detail)
    {
        Failure = new SweepFailure(reason, detail);
    }

    public SweepFailure Failure { get; }
}
