using System.Globalization;

namespace PowerPlanner.Power.Clamps;

/// <summary>A proposal of replica counts, what runs, and the budgets that it must respect. Immutable.</summary>
public sealed record ClampCase
{
    /// <summary>Creates a case.</summary>
    /// <param name="proposed">The counts that an autoscaler asks for; null = no opinion.</param>
    /// <param name="current">The counts that run; null = unknown, charged as 0.</param>
    /// <param name="prefill">The prefill role; <see cref="ClampRole.Absent"/> in aggregated and decode-only deployments.</param>
    /// <param name="decode">The decode role, or the aggregated engine; <see cref="ClampRole.Absent"/> in prefill-only deployments.</param>
    /// <param name="totalGpuPowerLimitWatts">Watt budget, at least 1; null = none.</param>
    /// <param name="maxGpuBudget">GPU ceiling shared by both roles, at least 0; null = none.</param>
    /// <param name="minGpuBudget">
    /// GPU floor, at least 0; null = none. The only thing that raises a count. Beside a ceiling it gives way by one replica of the larger
    /// role, so that whole replicas can lie between the two.
    /// </param>
    /// <param name="nonGpuWattsPerGpu">Watts that each GPU brings besides its board, at least 0.</param>
    /// <param name="policy">How the proposal is brought into the watt budget.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, or a replica of more than 2 147 483 647 W.</exception>
    /// <exception cref="ArgumentException">The GPU floor lies above the ceiling.</exception>
    public ClampCase(
        ReplicaCounts proposed,
        ReplicaCounts current,
        ClampRole prefill,
        ClampRole decode,
        long? totalGpuPowerLimitWatts = null,
        int? maxGpuBudget = null,
        int? minGpuBudget = null,
        int nonGpuWattsPerGpu = 0,
        ClampPolicy policy = ClampPolicy.Pair)
    {
        ArgumentNullException.ThrowIfNull(prefill);
        ArgumentNullException.ThrowIfNull(decode);
        RefuseBelow(0, proposed.Prefill, "proposed.Prefill");
        RefuseBelow(0, proposed.Decode, "proposed.Decode");
        RefuseBelow(0, current.Prefill, "current.Prefill");
        RefuseBelow(0, current.Decode, "current.Decode");
        RefuseBelow(1, totalGpuPowerLimitWatts, nameof(totalGpuPowerLimitWatts));
        RefuseBelow(0, maxGpuBudget, nameof(maxGpuBudget));
        RefuseBelow(0, minGpuBudget, nameof(minGpuBudget));
        ArgumentOutOfRangeException.ThrowIfNegative(nonGpuWattsPerGpu);
        if (minGpuBudget > maxGpuBudget)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The GPU floor is {minGpuBudget}; it must be at most the GPU ceiling, {maxGpuBudget}."), nameof(minGpuBudget));
        }

        if (policy is not (ClampPolicy.Pair or ClampPolicy.Staged))
        {
            throw new ArgumentOutOfRangeException(nameof(policy), policy, $"The policy is {policy}; it must be {nameof(ClampPolicy.Pair)} or {nameof(ClampPolicy.Staged)}.");
        }

        Proposed = proposed;
        Current = current;
        Prefill = prefill;
        Decode = decode;
        TotalGpuPowerLimitWatts = totalGpuPowerLimitWatts;
        MaxGpuBudget = maxGpuBudget;
        MinGpuBudget = minGpuBudget;
        NonGpuWattsPerGpu = nonGpuWattsPerGpu;
        Policy = policy;
        PrefillReplicaWatts = ReplicaWatts(prefill, nonGpuWattsPerGpu, nameof(prefill));
        DecodeReplicaWatts = ReplicaWatts(decode, nonGpuWattsPerGpu, nameof(decode));
    }

    /// <summary>The counts that an autoscaler asks for.</summary>
    public ReplicaCounts Proposed { get; }

    /// <summary>The counts that run.</summary>
    public ReplicaCounts Current { get; }

    /// <summary>The prefill role.</summary>
    public ClampRole Prefill { get; }

    /// <summary>The decode role, or the aggregated engine.</summary>
    public ClampRole Decode { get; }

    /// <summary>Watt budget, W; null = none.</summary>
    public long? TotalGpuPowerLimitWatts { get; }

    /// <summary>GPU ceiling; null = none.</summary>
    public int? MaxGpuBudget { get; }

    /// <summary>GPU floor; null = none.</summary>
    public int? MinGpuBudget { get; }

    /// <summary>Watts that each GPU brings besides its board.</summary>
    public int NonGpuWattsPerGpu { get; }

    /// <summary>How the proposal is brought into the watt budget.</summary>
    public ClampPolicy Policy { get; }

    /// <summary>Watts of a prefill replica; 0 where the role is absent or its GPUs are unknown.</summary>
    public long PrefillReplicaWatts { get; }

    /// <summary>Watts of a decode replica; 0 where the role is absent or its GPUs are unknown.</summary>
    public long DecodeReplicaWatts { get; }

    /// <summary>Watts of the fewest replicas of the roles that exist: what a deployment must be able to afford before it starts.</summary>
    public long MinimumWatts => (Prefill.MinEndpoint * PrefillReplicaWatts) + (Decode.MinEndpoint * DecodeReplicaWatts);

    /// <summary>Whether the fewest replicas fit the watt budget. True without a budget.</summary>
    public bool MinimumFits => TotalGpuPowerLimitWatts is not { } budget || MinimumWatts <= budget;

    private static void RefuseBelow(long least, long? value, string parameter)
    {
        if (value < least)
        {
            throw new ArgumentOutOfRangeException(parameter, value, string.Create(CultureInfo.InvariantCulture, $"{parameter} is {value}; it must be at least {least}, or null."));
        }
    }

    // Below 2^31 W a replica, every count of replicas times its watts, and the sum of two, fits 64 bits.
    private static long ReplicaWatts(ClampRole role, int nonGpuWattsPerGpu, string parameter)
    {
        var watts = CapBridge.ReplicaWatts(role.CapWatts, nonGpuWattsPerGpu, role.Gpus ?? 0);
        return watts <= int.MaxValue
            ? watts
            : throw new ArgumentOutOfRangeException(parameter, string.Create(CultureInfo.InvariantCulture, $"A replica takes ({role.CapWatts} + {nonGpuWattsPerGpu}) W · {role.Gpus} GPUs = {watts} W; at most {int.MaxValue} W are allowed."));
    }
}
