namespace PowerPlanner.Control.Transitions;

/// <summary>
/// The newest command of one kind to one role that was answered: what the fleet strives for without another command, be it in effect everywhere
/// or not. It counts for as long as no newer one is answered, since GPUs and replicas that come later follow it too. The default is none.
/// </summary>
/// <param name="Value">Cap, W, or replica count.</param>
/// <param name="Since">When this value was first answered, on the controller's clock.</param>
/// <param name="At">When it was last answered.</param>
/// <param name="WasInEffect">Whether it has been read back since: what differs now, somebody else has changed.</param>
/// <param name="Exists">Whether there is one.</param>
/// <param name="IsOwn">Whether this process sent it. What an earlier one sent is commanded again first, so that nothing that it left on the wire comes later.</param>
internal readonly record struct AnsweredCommand(int Value, TimeSpan Since, TimeSpan At, bool WasInEffect, bool Exists, bool IsOwn)
{
    /// <summary>Whether it was not in effect yet when it was answered: agents carry it out later, each in its own time.</summary>
    public bool TookTime { get; init; }

    /// <summary>The value; null where there is none.</summary>
    public int? Known => Exists ? Value : null;
}
