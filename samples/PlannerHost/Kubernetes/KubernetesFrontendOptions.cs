namespace PlannerHost.Kubernetes;

/// <summary>How the frontends of a deployment are found among the pods.</summary>
internal sealed class KubernetesFrontendOptions
{
    /// <summary>Label selector of their pods.</summary>
    public string LabelSelector { get; set; } = "";

    /// <summary>Name of the container port. Default <c>http</c>, as the reference's frontends call it.</summary>
    public string PortName { get; set; } = "http";

    /// <summary>The port of pods that name none so; null (default) = such pods have no address.</summary>
    public int? Port { get; set; }

    /// <summary>What this object lacks, one sentence each.</summary>
    /// <param name="path">Where it stands in the configuration.</param>
    public IEnumerable<string> Violations(string path)
    {
        if (string.IsNullOrWhiteSpace(LabelSelector))
        {
            yield return $"{path}:LabelSelector is empty; it would match every pod of the namespace.";
        }

        if (Port is < 1 or > 65_535)
        {
            yield return FormattableString.Invariant($"{path}:Port is {Port}; 1 to 65535 are allowed.");
        }
    }
}
