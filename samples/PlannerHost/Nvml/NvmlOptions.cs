namespace PlannerHost.Nvml;

/// <summary>The GPUs of this machine that the planner caps by NVML, role by role.</summary>
internal sealed class NvmlOptions
{
    /// <summary>Path or name of the library; null (default) = <c>libnvidia-ml.so.1</c> where the system's loader finds it.</summary>
    public string? LibraryPath { get; set; }

    /// <summary>How long a call may take before it counts as uncertain, s. 0.1 to 300; default 10.</summary>
    public double TimeoutSeconds { get; set; } = 10;

    /// <summary>GPUs of the prefill engines; null in an aggregated deployment.</summary>
    public NvmlRoleOptions? Prefill { get; set; }

    /// <summary>GPUs of the decode engines; null in an aggregated deployment.</summary>
    public NvmlRoleOptions? Decode { get; set; }

    /// <summary>GPUs of aggregated engines; null in a disaggregated deployment.</summary>
    public NvmlRoleOptions? Aggregated { get; set; }

    /// <summary>What this object lacks or contradicts, one sentence each.</summary>
    public IEnumerable<string> Violations()
    {
        if (Prefill is null && Decode is null && Aggregated is null)
        {
            yield return "Nvml has no role; Prefill and Decode, or Aggregated, are needed.";
        }

        if (!(TimeoutSeconds is >= 0.1 and <= 300))
        {
            yield return FormattableString.Invariant($"Nvml:TimeoutSeconds is {TimeoutSeconds}; 0.1 to 300 are allowed.");
        }

        foreach (var (name, role) in ((string, NvmlRoleOptions?)[])[(nameof(Prefill), Prefill), (nameof(Decode), Decode), (nameof(Aggregated), Aggregated)])
        {
            if (role is not null && (role.Gpus.Count == 0 || role.GpusPerReplica < 1 || role.Gpus.Count % role.GpusPerReplica != 0))
            {
                yield return FormattableString.Invariant($"Nvml:{name} has {role.Gpus.Count} Gpus and GpusPerReplica {role.GpusPerReplica}; whole replicas, at least one, are needed.");
            }
        }
    }
}

/// <summary>GPUs of one role on this machine.</summary>
internal sealed class NvmlRoleOptions
{
    /// <summary>UUIDs of the GPUs (<c>PlannerHost nvml</c> lists them), replica after replica.</summary>
    public List<string> Gpus { get; set; } = [];

    /// <summary>GPUs of one replica. At least 1; default 1.</summary>
    public int GpusPerReplica { get; set; } = 1;

    /// <summary>Engines that the GPUs are for.</summary>
    public int Replicas => Gpus.Count / GpusPerReplica;
}
