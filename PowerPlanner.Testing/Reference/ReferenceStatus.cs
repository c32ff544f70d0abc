using PowerPlanner.Performance;

namespace PowerPlanner.Testing.Reference;

/// <summary>What the reference policy thinks and has done, after a tick. Immutable.</summary>
public sealed record ReferenceStatus
{
    /// <summary>Its coefficients.</summary>
    public Corrections Corrections { get; init; } = Corrections.None;

    /// <summary>Ticks in a row that violated.</summary>
    public int ViolationTicks { get; init; }

    /// <summary>Whether this tick swept.</summary>
    public bool Swept { get; init; }

    /// <summary>Whether the optimizer is off, which is for good.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>Sweeps that failed, since the start.</summary>
    public int Exceptions { get; init; }

    /// <summary>Sweeps that failed in a row.</summary>
    public int ConsecutiveFailures { get; init; }

    /// <summary>Sweeps that succeeded, since the start.</summary>
    public int Sweeps { get; init; }

    /// <summary>Times that a coefficient was cut at its bounds.</summary>
    public int Pegged { get; init; }

    /// <summary>Tokens/s that its decode replicas could serve; prefill does not enter.</summary>
    public double EstimatedTokensPerSecond { get; init; }

    /// <summary>Prefill replicas that it has commanded.</summary>
    public int PrefillReplicas { get; init; }

    /// <summary>Decode replicas that it has commanded.</summary>
    public int DecodeReplicas { get; init; }

    /// <summary>Prefill cap that it has commanded, W.</summary>
    public int PrefillCapWatts { get; init; }

    /// <summary>Decode cap that it has commanded, W.</summary>
    public int DecodeCapWatts { get; init; }

    /// <summary>Commanded counts times commanded caps, W.</summary>
    public long ProjectedWatts { get; init; }
}
