namespace PlannerHost.Kubernetes;

/// <summary>Whether this host may act for its deployment. Of several hosts at most one may at any time. Thread-safe.</summary>
internal interface ILeadership
{
    /// <summary>Whether this host may write now. It can turn false from one moment to the next, without any call returning.</summary>
    bool IsLeader { get; }

    /// <summary>Which term of leadership this is; rises with every term that this host knows of. What was decided in an earlier term no longer holds.</summary>
    long Term { get; }

    /// <summary>Cancelled when the present term ends; cancelled already where this host does not lead.</summary>
    CancellationToken Ended { get; }
}
