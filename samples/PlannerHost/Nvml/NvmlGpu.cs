using PowerPlanner.Power;

namespace PlannerHost.Nvml;

/// <summary>One GPU as it was when it was read. Immutable.</summary>
internal sealed record NvmlGpu
{
    /// <summary>The GPU's UUID, "GPU-…": the same across restarts, unlike its index.</summary>
    public required string Uuid { get; init; }

    /// <summary>Position in NVML's order; may change when the driver loads anew.</summary>
    public required int Index { get; init; }

    /// <summary>Product name.</summary>
    public required string Name { get; init; }

    /// <summary>Power limit in force, W, rounded up; null = not supported by this GPU.</summary>
    public int? CapWatts { get; init; }

    /// <summary>Power limit that the GPU has without anybody's doing, W, rounded up; null = not supported.</summary>
    public int? DefaultCapWatts { get; init; }

    /// <summary>Power limits that the driver accepts; null = not supported.</summary>
    public GpuPowerLimits? Limits { get; init; }

    /// <summary>Draw of the whole board, W, averaged by the driver over up to 1 s; null = not supported.</summary>
    public double? DrawWatts { get; init; }

    /// <summary>Energy since the driver was loaded, J; null = not supported (before Volta). Falls to 0 when the driver loads anew.</summary>
    public double? EnergyJoules { get; init; }
}
