namespace PlannerHost.Kubernetes;

/// <summary>The lease by which hosts agree on the one that acts. Read once.</summary>
internal sealed class LeaderLeaseOptions
{
    /// <summary>Whether there is a lease. Default true; false where nothing but this host can ever act for the deployment.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Namespace of the lease. The host's default is that of the deployment's pods.</summary>
    public string Namespace { get; set; } = "default";

    /// <summary>Name of the lease: one for each deployment. The host's default is <c>power-planner-</c> and the deployment's name.</summary>
    public string Name { get; set; } = "power-planner";

    /// <summary>How long the others leave a lease alone that is not renewed, s. Default 30.</summary>
    public int DurationSeconds { get; set; } = 30;

    /// <summary>How long this host acts after it began its last successful renewal, s. Default 20.</summary>
    public double ActSeconds { get; set; } = 20;

    /// <summary>Pause between two renewals, or two attempts to get the lease, s. Default 4.</summary>
    public double RetrySeconds { get; set; } = 4;

    /// <summary>Time limit of a request to the lease, s. Default 3.</summary>
    public double RequestTimeoutSeconds { get; set; } = 3;

    /// <summary>What this object contradicts, one sentence each.</summary>
    /// <param name="longestWriteSeconds">How long a write of this host may be under way, s: its requests' time limit.</param>
    public IReadOnlyList<string> Violations(double longestWriteSeconds)
    {
        var violations = new List<string>();
        if (!KubernetesNames.IsPathSegment(Name) || !KubernetesNames.IsPathSegment(Namespace))
        {
            violations.Add($"Lease:Namespace is '{Namespace}' and Lease:Name '{Name}'; lower-case letters, digits, '-' and '.' are allowed, 1 to 253 of them.");
        }

        if (DurationSeconds is < 1 or > LeaderLease.LongestDurationSeconds)
        {
            violations.Add(FormattableString.Invariant($"Lease:DurationSeconds is {DurationSeconds}; 1 to {LeaderLease.LongestDurationSeconds} are allowed."));
        }

        if (!(RequestTimeoutSeconds > 0 && RetrySeconds > 0 && ActSeconds >= RetrySeconds + (2 * RequestTimeoutSeconds)))
        {
            violations.Add(FormattableString.Invariant($"Lease:ActSeconds is {ActSeconds}; it must leave time for a pause of RetrySeconds ({RetrySeconds}) and two requests of RequestTimeoutSeconds ({RequestTimeoutSeconds}), or this host loses its lease without any fault."));
        }

        // Two hosts' clocks run at the same speed within 1 %, which is generous; what they show does not matter.
        if (!(ActSeconds + longestWriteSeconds <= 0.99 * DurationSeconds))
        {
            violations.Add(FormattableString.Invariant($"Lease:ActSeconds ({ActSeconds}) and the longest write ({longestWriteSeconds} s) together must stay within 99 % of Lease:DurationSeconds ({DurationSeconds}), or a stray write of this host may meet its successor's."));
        }

        return violations;
    }
}
