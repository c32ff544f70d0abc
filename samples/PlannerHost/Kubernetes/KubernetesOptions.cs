namespace PlannerHost.Kubernetes;

/// <summary>Where a deployment runs in a Kubernetes cluster, and how the planner deals with its API server. Read once, when the adapter is made.</summary>
internal sealed class KubernetesOptions
{
    /// <summary>Namespace of the pods, the scaled resources and the lease.</summary>
    public string Namespace { get; set; } = "default";

    /// <summary>The prefill replicas; null in an aggregated deployment.</summary>
    public KubernetesRoleOptions? Prefill { get; set; }

    /// <summary>The decode replicas; null in an aggregated deployment.</summary>
    public KubernetesRoleOptions? Decode { get; set; }

    /// <summary>The aggregated engines; null in a disaggregated deployment.</summary>
    public KubernetesRoleOptions? Aggregated { get; set; }

    /// <summary>The frontends; null (default) = they are not looked for among the pods.</summary>
    public KubernetesFrontendOptions? Frontends { get; set; }

    /// <summary>
    /// The label by which pods of an old and of a new template are told apart: while a role has both it is rolling, and nothing grows. Null (default): the
    /// <c>pod-template-hash</c> of Deployments, else the <c>controller-revision-hash</c> of StatefulSets, set by set.
    /// </summary>
    public string? RevisionLabel { get; set; }

    /// <summary>The annotation that asks the node's agent for a cap, W. Default: <c>dynamo.nvidia.com/gpu-power-limit</c>.</summary>
    public string CapAnnotation { get; set; } = "dynamo.nvidia.com/gpu-power-limit";

    /// <summary>How the cap in force is known. Default: <see cref="CapReadBack.Annotation"/>.</summary>
    public CapReadBack CapReadBack { get; set; } = CapReadBack.Annotation;

    /// <summary>
    /// The annotation in which the node's agent says which cap is in force on the pod's GPUs, W (the highest of them). Default:
    /// <c>dynamo.nvidia.com/gpu-power-limit-effective</c>.
    /// </summary>
    public string EffectiveCapAnnotation { get; set; } = "dynamo.nvidia.com/gpu-power-limit-effective";

    /// <summary>
    /// With <see cref="CapReadBack.Trust"/>: how long after a pod was first seen with its annotation the cap counts as in force, s. Default 45: the
    /// node agents look every 15 s, so two looks may fail.
    /// </summary>
    public double TrustAfterSeconds { get; set; } = 45;

    /// <summary>The resource whose limit says how many GPUs a container has. Default: <c>nvidia.com/gpu</c>.</summary>
    public string GpuResource { get; set; } = "nvidia.com/gpu";

    /// <summary>Time limit of one request, s. Default 5: an API server answers in milliseconds or is in trouble.</summary>
    public double RequestTimeoutSeconds { get; set; } = 5;

    /// <summary>How often a request is tried at most. Default 4.</summary>
    public int MaxAttempts { get; set; } = 4;

    /// <summary>First pause between two attempts, ms; it doubles from one to the next and is jittered. Default 100.</summary>
    public double FirstBackoffMs { get; set; } = 100;

    /// <summary>The longest that a server's Retry-After is waited for, s; with a longer one the request fails at once. Default 5.</summary>
    public double MaxRetryAfterSeconds { get; set; } = 5;

    /// <summary>Pods of one role at most; more are an error, as a selector that matches the whole cluster is. Default 10,000.</summary>
    public int MaxPods { get; set; } = 10_000;

    /// <summary>Annotations written at the same time at most. Default 8.</summary>
    public int ConcurrentWrites { get; set; } = 8;

    /// <summary>What this object lacks or contradicts, one sentence each; empty where it is valid.</summary>
    public IReadOnlyList<string> Violations()
    {
        var violations = new List<string>();
        Require(Namespace.Length > 0, "Kubernetes:Namespace is empty.");
        Require(Prefill is not null || Decode is not null || Aggregated is not null, "Kubernetes has no role; Prefill and Decode, or Aggregated, are needed.");
        Require(CapAnnotation.Length > 0, "Kubernetes:CapAnnotation is empty.");
        Require(CapReadBack != CapReadBack.Annotation || EffectiveCapAnnotation.Length > 0, "Kubernetes:EffectiveCapAnnotation is empty although the effective cap is read from it.");
        Require(CapReadBack != CapReadBack.Annotation || EffectiveCapAnnotation != CapAnnotation, "Kubernetes:EffectiveCapAnnotation is the annotation that asks for the cap: what was asked for is not known to be in force. Use Trust to take it for that.");
        Require(TrustAfterSeconds is >= 0 and <= 3600, FormattableString.Invariant($"Kubernetes:TrustAfterSeconds is {TrustAfterSeconds}; 0 to 3600 are allowed."));
        Require(RequestTimeoutSeconds is >= 0.1 and <= 60, FormattableString.Invariant($"Kubernetes:RequestTimeoutSeconds is {RequestTimeoutSeconds}; 0.1 to 60 are allowed."));
        Require(MaxAttempts is >= 1 and <= 20, FormattableString.Invariant($"Kubernetes:MaxAttempts is {MaxAttempts}; 1 to 20 are allowed."));
        Require(FirstBackoffMs is >= 1 and <= 10_000, FormattableString.Invariant($"Kubernetes:FirstBackoffMs is {FirstBackoffMs}; 1 to 10000 are allowed."));
        Require(MaxRetryAfterSeconds is >= 0 and <= 300, FormattableString.Invariant($"Kubernetes:MaxRetryAfterSeconds is {MaxRetryAfterSeconds}; 0 to 300 are allowed."));
        Require(MaxPods is >= 1 and <= 1_000_000, FormattableString.Invariant($"Kubernetes:MaxPods is {MaxPods}; 1 to 1000000 are allowed."));
        Require(ConcurrentWrites is >= 1 and <= 256, FormattableString.Invariant($"Kubernetes:ConcurrentWrites is {ConcurrentWrites}; 1 to 256 are allowed."));
        foreach (var (name, role) in ((string, KubernetesRoleOptions?)[])[(nameof(Prefill), Prefill), (nameof(Decode), Decode), (nameof(Aggregated), Aggregated)])
        {
            if (role is not null)
            {
                violations.AddRange(role.Violations($"Kubernetes:{name}"));
            }
        }

        if (Frontends is { } frontends)
        {
            violations.AddRange(frontends.Violations("Kubernetes:Frontends"));
        }

        return violations;

        void Require(bool holds, string violation)
        {
            if (!holds)
            {
                violations.Add(violation);
            }
        }
    }
}
