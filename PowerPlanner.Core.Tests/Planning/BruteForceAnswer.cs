using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Planning;

/// <summary>What the enumeration found.</summary>
internal sealed record BruteForceAnswer
{
    public InfeasibleReason? Reason { get; init; }

    public BruteForcePlan? Plan { get; init; }

    public long? MinimumWatts { get; init; }

    public long? MinimumGpus { get; init; }
}

/// <summary>One plan of the enumeration.</summary>
internal sealed record BruteForcePlan
{
    public required PointPair Pair { get; init; }

    public required int PrefillReplicas { get; init; }

    public required int DecodeReplicas { get; init; }

    public required long Watts { get; init; }

    public required long Gpus { get; init; }

    public required double Throughput { get; init; }
}

/// <summary>A prefill and a decode point with what a replica of each serves and draws.</summary>
internal sealed record PointPair
{
    public required int PrefillIndex { get; init; }

    public required int DecodeIndex { get; init; }

    public required double TtftMs { get; init; }

    public required double ItlMs { get; init; }

    public required int Batch { get; init; }

    public double PrefillRate { get; init; }

    public required double DecodeRate { get; init; }

    public required int PrefillCapWatts { get; init; }

    public required int DecodeCapWatts { get; init; }

    public int PrefillGpus { get; init; }

    public required int DecodeGpus { get; init; }

    public long PrefillWatts { get; init; }

    public required long DecodeWatts { get; init; }
}
