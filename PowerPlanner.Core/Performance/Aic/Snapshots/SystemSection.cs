using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Snapshots;

/// <summary>The hardware in a snapshot: every value of the system's file that an estimate depends on.</summary>
internal static class SystemSection
{
    public static void Write(AicSystem system, SnapshotWriter writer)
    {
        writer.Text(system.Name);
        writer.Real(system.MemoryBandwidth);
        writer.Real(system.MemoryBandwidthScaling);
        writer.Real(system.MemoryConstantLatencySeconds);
        writer.Real(system.MemoryCapacity);
        writer.Integer(system.TensorCoreFlops.Count);
        foreach (var (format, flops) in system.TensorCoreFlops.OrderBy(rate => rate.Key))
        {
            writer.Text(format.ToString());
            writer.Real(flops);
        }

        writer.OptionalReal(system.PowerWatts);
        writer.OptionalInteger(system.SmVersion);
        writer.Integer(system.GpusPerNode);
        writer.OptionalInteger(system.GpusPerRack);
        writer.Real(system.IntraNodeBandwidth);
        writer.Real(system.InterNodeBandwidth);
        writer.OptionalReal(system.InterRackBandwidth);
        writer.Real(system.PointToPointLatencySeconds);
        writer.Integer(system.NcclMemory.Count);
        foreach (var (gpus, bytes) in system.NcclMemory.OrderBy(size => size.Key))
        {
            writer.Integer(gpus);
            writer.Real(bytes);
        }

        writer.Real(system.OtherMemory);
        writer.OptionalText(system.NcclVersion);
        writer.OptionalText(system.OneCclVersion);
    }

    /// <summary>Holds each value to what the system's own file may state.</summary>
    public static AicSystem Read(ref SnapshotReader reader) => new()
    {
        Name = reader.Text("system"),
        MemoryBandwidth = reader.Positive("memory bandwidth"),
        MemoryBandwidthScaling = reader.Positive("memory bandwidth scaling"),
        MemoryConstantLatencySeconds = reader.NotNegative("memory latency"),
        MemoryCapacity = reader.Positive("memory capacity"),
        TensorCoreFlops = ReadRates(ref reader),
        PowerWatts = reader.OptionalPositive("board power"),
        SmVersion = reader.OptionalPositiveInteger("compute capability"),
        GpusPerNode = reader.PositiveInteger("GPUs of a node"),
        GpusPerRack = reader.OptionalPositiveInteger("GPUs of a rack"),
        IntraNodeBandwidth = reader.Positive("bandwidth in a node"),
        InterNodeBandwidth = reader.Positive("bandwidth between nodes"),
        InterRackBandwidth = reader.OptionalPositive("bandwidth between racks"),
        PointToPointLatencySeconds = reader.NotNegative("point-to-point latency"),
        NcclMemory = ReadNcclMemory(ref reader),
        OtherMemory = reader.NotNegative("other memory"),
        NcclVersion = reader.OptionalText("NCCL version"),
        OneCclVersion = reader.OptionalText("oneCCL version"),
    };

    /// <summary>The section's bytes: systems are the same where these are.</summary>
    public static ReadOnlySpan<byte> Bytes(AicSystem system)
    {
        var writer = new SnapshotWriter();
        Write(system, writer);
        return writer.Written.Span;
    }

    private static Dictionary<TensorCoreFormat, double> ReadRates(ref SnapshotReader reader)
    {
        var rates = new Dictionary<TensorCoreFormat, double>();
        for (var left = reader.Count(sizeof(int) + sizeof(double), "number of tensor-core rates"); left > 0; left--)
        {
            // By name, which outlives an enumeration's order.
            var name = reader.Text("number format");
            if (!Enum.TryParse<TensorCoreFormat>(name, out var format) || format.ToString() != name || !rates.TryAdd(format, reader.Positive(name)))
            {
                throw reader.Unfit("number format", $"'{name}'", $"{string.Join(", ", Enum.GetNames<TensorCoreFormat>())}, each once");
            }
        }

        return rates;
    }

    private static Dictionary<int, double> ReadNcclMemory(ref SnapshotReader reader)
    {
        var memory = new Dictionary<int, double>();
        for (var left = reader.Count(sizeof(int) + sizeof(double), "number of NCCL memory sizes"); left > 0; left--)
        {
            var gpus = reader.PositiveInteger("GPUs of a group");
            if (!memory.TryAdd(gpus, reader.NotNegative("NCCL memory")))
            {
                throw reader.Unfit("NCCL memory", $"{gpus} GPUs come twice", "once");
            }
        }

        return memory;
    }
}
