using PowerPlanner.Power;

namespace PowerPlanner.Control;

/// <summary>What a metrics source saw of one role during the window. Immutable; every value may be absent.</summary>
public sealed record RoleObservation
{
    /// <summary>Mean draw of one GPU board over the window, W.</summary>
    public double? PowerWattsPerGpu { get; init; }

    /// <summary>Tokens that the engines scheduled: prompt tokens of a prefill role, KV tokens of a decode role, both of an aggregated one. 0 = idle, so that its draw says nothing about work.</summary>
    public double? ScheduledTokens { get; init; }

    /// <summary>Replicas that serve.</summary>
    public int? ReadyReplicas { get; init; }

    /// <summary>The highest cap in force on any GPU of the role, W, as read back.</summary>
    public int? EffectiveCapWatts { get; init; }

    /// <summary>The caps that the GPUs accept.</summary>
    public GpuPowerLimits? CapLimits { get; init; }

    /// <summary>The least <c>max_num_batched_tokens</c> of the role's workers.</summary>
    public long? MaxBatchedTokens { get; init; }
}
