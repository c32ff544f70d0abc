namespace PlannerHost.Kubernetes;

/// <summary>Leadership of a host that shares its deployment with no other: always its own.</summary>
internal sealed class SoleLeadership : ILeadership
{
    /// <summary>The one instance.</summary>
    public static SoleLeadership Instance { get; } = new();

    private SoleLeadership()
    {
    }

    /// <inheritdoc/>
    public bool IsLeader => true;

    /// <inheritdoc/>
    public long Term => 1;

    /// <inheritdoc/>
    public CancellationToken Ended => CancellationToken.None;
}
