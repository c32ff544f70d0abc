using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Hardware of one GPU system, as its YAML file states it (specification 1.1).</summary>
internal sealed record AicSystem
{
    public required string Name { get; init; }

    /// <summary>Peak device memory bandwidth, bytes/s.</summary>
    public required double MemoryBandwidth { get; init; }

    /// <summary>Share of it that memory-bound operations achieve.</summary>
    public double MemoryBandwidthScaling { get; init; } = 1;

    /// <summary>Constant latency of a memory-bound operation, seconds.</summary>
    public double MemoryConstantLatencySeconds { get; init; }

    /// <summary>Device memory, bytes.</summary>
    public required double MemoryCapacity { get; init; }

    /// <summary>FLOP/s by format; a format without an entry does not exist on this hardware.</summary>
    public required IReadOnlyDictionary<TensorCoreFormat, double> TensorCoreFlops { get; init; }

    /// <summary>Board power, W; null where the file does not state it.</summary>
    public double? PowerWatts { get; init; }

    /// <summary>Compute capability × 10; null where the file does not state it.</summary>
    public int? SmVersion { get; init; }

    public required int GpusPerNode { get; init; }

    /// <summary>GPUs in one rack; null = unbounded.</summary>
    public int? GpusPerRack { get; init; }

    /// <summary>Link bandwidths per GPU, bytes/s.</summary>
    public required double IntraNodeBandwidth { get; init; }

    public required double InterNodeBandwidth { get; init; }

    public double? InterRackBandwidth { get; init; }

    public double PointToPointLatencySeconds { get; init; }

    /// <summary>NCCL buffers in bytes by group size.</summary>
    public required IReadOnlyDictionary<int, double> NcclMemory { get; init; }

    /// <summary>CUDA context and libraries, bytes.</summary>
    public double OtherMemory { get; init; }

    public string? NcclVersion { get; init; }

    public string? OneCclVersion { get; init; }

    /// <summary>Bandwidth of the slowest link in a group of <paramref name="gpus"/> GPUs, bytes/s.</summary>
    public double PointToPointBandwidth(int gpus) =>
        gpus <= GpusPerNode ? IntraNodeBandwidth
        : GpusPerRack is not { } rack || gpus <= rack ? InterNodeBandwidth
        : InterRackBandwidth ?? InterNodeBandwidth;

    /// <summary>FLOP/s of a format.</summary>
    /// <exception cref="MissingHardwareRateException">The hardware has no such format.</exception>
    public double Flops(TensorCoreFormat format) => TensorCoreFlops.TryGetValue(format, out var flops)
        ? flops
        : throw new MissingHardwareRateException($"System '{Name}' states no {format} tensor-core rate; it states {string.Join(", ", TensorCoreFlops.Keys)}.");
}
