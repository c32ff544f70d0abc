namespace PlannerHost.Kubernetes;

/// <summary>The pods of one role, and the resource whose scale subresource sets how many there are.</summary>
internal sealed class KubernetesRoleOptions
{
    /// <summary>Label selector of the pods, such as <c>app=llm,component=decode</c>. It must match pods of this role alone.</summary>
    public string LabelSelector { get; set; } = "";

    /// <summary>API group of the scaled resource. Default: <c>apps</c>, that of Deployments.</summary>
    public string Group { get; set; } = "apps";

    /// <summary>Its API version. Default: <c>v1</c>.</summary>
    public string Version { get; set; } = "v1";

    /// <summary>Its plural name, as in the API's path. Default: <c>deployments</c>.</summary>
    public string Plural { get; set; } = "deployments";

    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";

    /// <summary>Pods of one replica; more than 1 where an engine spans nodes. Default 1.</summary>
    public int PodsPerReplica { get; set; } = 1;

    /// <summary>Lowest cap that the GPUs accept, W; null = unknown. Set together with <see cref="MaxCapWatts"/>.</summary>
    public int? MinCapWatts { get; set; }

    /// <summary>Highest cap that the GPUs accept, W; null = unknown.</summary>
    public int? MaxCapWatts { get; set; }

    /// <summary>
    /// The cap, W, that a new pod's GPUs have until its node's agent has applied the commanded one and reported it: a limit that the node sets when it lends
    /// out a GPU, between <see cref="MinCapWatts"/> and <see cref="MaxCapWatts"/>. Default null, unknown: agents act after a pod has started, and until then its
    /// GPUs are as the last one left them. Growth is charged for it.
    /// </summary>
    public int? NewbornCapWatts { get; set; }

    /// <summary>What this object lacks or contradicts, one sentence each.</summary>
    /// <param name="path">Where it stands in the configuration.</param>
    public IEnumerable<string> Violations(string path)
    {
        // An empty selector matches every pod of the namespace, the planner's own included.
        if (string.IsNullOrWhiteSpace(LabelSelector))
        {
            yield return $"{path}:LabelSelector is empty; it would match every pod of the namespace.";
        }

        foreach (var (name, value) in ((string, string)[])[(nameof(Group), Group), (nameof(Version), Version), (nameof(Plural), Plural), (nameof(Name), Name)])
        {
            if (!KubernetesNames.IsPathSegment(value))
            {
                yield return $"{path}:{name} is '{value}'; lower-case letters, digits, '-' and '.' are allowed, 1 to 253 of them.";
            }
        }

        if (PodsPerReplica is < 1 or > 1000)
        {
            yield return FormattableString.Invariant($"{path}:PodsPerReplica is {PodsPerReplica}; 1 to 1000 are allowed.");
        }

        if ((MinCapWatts is null) != (MaxCapWatts is null) || MinCapWatts < 1 || MaxCapWatts < MinCapWatts || MaxCapWatts > CapAnnotation.MostWatts)
        {
            yield return FormattableString.Invariant($"{path}:MinCapWatts is {MinCapWatts?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "not set"} and MaxCapWatts is {MaxCapWatts?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "not set"}; both or neither are needed, with 1 ≤ MinCapWatts ≤ MaxCapWatts ≤ {CapAnnotation.MostWatts}.");
        }

        if (NewbornCapWatts is < 1 or > CapAnnotation.MostWatts || NewbornCapWatts < MinCapWatts || NewbornCapWatts > MaxCapWatts)
        {
            yield return FormattableString.Invariant($"{path}:NewbornCapWatts is {NewbornCapWatts}; caps that the GPUs accept are allowed, {MinCapWatts ?? 1} W to {MaxCapWatts ?? CapAnnotation.MostWatts} W.");
        }
    }
}
