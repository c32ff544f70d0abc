using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

/// <summary>The usable readings of one role in one window. The default is none.</summary>
internal readonly record struct SideReading
{
    /// <summary>Mean draw of one GPU, W.</summary>
    public double? WattsPerGpu { get; init; }

    /// <summary>Tokens that the engines scheduled.</summary>
    public double? ScheduledTokens { get; init; }

    /// <summary>Replicas that serve.</summary>
    public int? ReadyReplicas { get; init; }

    /// <summary>The least <c>max_num_batched_tokens</c>.</summary>
    public long? MaxBatchedTokens { get; init; }

    /// <summary>Cap in force during the window, W: the higher of what was read back and what the meter says.</summary>
    public int? CapWatts { get; init; }

    /// <summary>The cap that the meter says, W.</summary>
    public int? MeteredCapWatts { get; init; }

    /// <summary>Whether the window straddles a change of the role.</summary>
    public bool IsStraddled { get; init; }

    /// <summary>What the draw says about the cap.</summary>
    public PowerReadingKind Kind { get; init; }

    /// <summary>Load over what the ready replicas can serve; null = unknown.</summary>
    public double? Utilization { get; init; }
}
