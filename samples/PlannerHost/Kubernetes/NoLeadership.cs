namespace PlannerHost.Kubernetes;

/// <summary>Leadership of a host that only advises: it never leads, asks for no lease, and so writes nothing, whatever else goes wrong.</summary>
internal sealed class NoLeadership : ILeadership
{
    private NoLeadership()
    {
    }

    /// <summary>The one instance.</summary>
    public static NoLeadership Instance { get; } = new();

    /// <inheritdoc/>
    public bool IsLeader => false;

    /// <inheritdoc/>
    public long Term => 0;

    /// <inheritdoc/>
    public CancellationToken Ended { get; } = new(canceled: true);
}
