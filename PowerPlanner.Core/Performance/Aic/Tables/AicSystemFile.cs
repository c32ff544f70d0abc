using System.Globalization;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Reads <c>systems/&lt;system&gt;.yaml</c> (specification 1.1).</summary>
internal static class AicSystemFile
{
    private static readonly (string Key, TensorCoreFormat Format)[] Rates =
    [
        ("bfloat16_tc_flops", TensorCoreFormat.BFloat16),
        ("int8_tc_flops", TensorCoreFormat.Int8),
        ("fp8_tc_flops", TensorCoreFormat.Fp8),
        ("fp4_tc_flops", TensorCoreFormat.Fp4),
    ];

    /// <summary>The hardware, and the folder of its tables.</summary>
    /// <exception cref="PerformanceFileException">The file is damaged, or states a value that is not allowed.</exception>
    public static async ValueTask<(AicSystem System, string DataDirectory)> LoadAsync(
        string systemsDirectory, string name, CancellationToken cancellationToken)
    {
        var root = await YamlDocument.LoadAsync(Path.Combine(systemsDirectory, name + ".yaml"), cancellationToken).ConfigureAwait(false);
        return (Read(name, root), Path.Combine(systemsDirectory, DataDirectory(root)));
    }

    public static AicSystem Read(string name, YamlFields root)
    {
        var gpu = root.Mapping("gpu");
        var node = root.Mapping("node");
        var misc = root.Mapping("misc");
        gpu.RefuseMisspelt(
            "mem_bw_empirical_scaling_factor", "mem_empirical_constant_latency", "power", "sm_version",
            "bfloat16_tc_flops", "int8_tc_flops", "fp8_tc_flops", "fp4_tc_flops");
        node.RefuseMisspelt("num_gpus_per_rack", "inter_rack_bw", "pcie_bw");
        misc.RefuseMisspelt("nccl_version", "oneccl_version");

        // No estimate uses the link to the host; a value that cannot be is refused all the same.
        _ = node.OptionalPositive("pcie_bw");
        return new AicSystem
        {
            Name = name,
            MemoryBandwidth = gpu.Positive("mem_bw"),
            MemoryBandwidthScaling = gpu.OptionalPositive("mem_bw_empirical_scaling_factor") ?? 1,
            MemoryConstantLatencySeconds = gpu.OptionalNotNegative("mem_empirical_constant_latency") ?? 0,
            MemoryCapacity = gpu.Positive("mem_capacity"),
            TensorCoreFlops = TensorCoreFlops(gpu),
            PowerWatts = gpu.OptionalPositive("power"),
            SmVersion = gpu.OptionalPositiveInteger("sm_version"),
            GpusPerNode = node.PositiveInteger("num_gpus_per_node"),
            GpusPerRack = node.OptionalPositiveInteger("num_gpus_per_rack"),
            IntraNodeBandwidth = node.Positive("intra_node_bw"),
            InterNodeBandwidth = node.Positive("inter_node_bw"),
            InterRackBandwidth = node.OptionalPositive("inter_rack_bw"),
            PointToPointLatencySeconds = node.NotNegative("p2p_latency"),
            NcclMemory = NcclMemory(misc.Mapping("nccl_mem")),
            OtherMemory = misc.NotNegative("other_mem"),
            NcclVersion = FolderName(misc, "nccl_version"),
            OneCclVersion = FolderName(misc, "oneccl_version"),
        };
    }

    private static string DataDirectory(YamlFields root)
    {
        var folder = root.Text("data_dir");
        return !Path.IsPathRooted(folder) && !folder.Split('/', '\\').Contains("..")
            ? folder
            : throw root.Unfit("data_dir", "a path relative to the systems folder, inside of it");
    }

    private static Dictionary<TensorCoreFormat, double> TensorCoreFlops(YamlFields gpu)
    {
        var flops = new Dictionary<TensorCoreFormat, double>(Rates.Length);
        foreach (var (key, format) in Rates)
        {
            // Missing, not finite or not positive all say: no such hardware (specification 1.1).
            if (gpu.OptionalReal(key) is > 0 and < double.PositiveInfinity and var rate)
            {
                flops.Add(format, rate);
            }
        }

        return flops;
    }

    private static Dictionary<int, double> NcclMemory(YamlFields sizes)
    {
        var bytes = new Dictionary<int, double>();
        foreach (var key in sizes.Keys)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var gpus) || gpus < 1)
            {
                throw sizes.Unfit(key, "a number of GPUs >= 1 as the key");
            }

            if (!bytes.TryAdd(gpus, sizes.NotNegative(key)))
            {
                throw sizes.Unfit(key, $"one entry for {gpus} GPUs");
            }
        }

        return bytes.Count > 0 ? bytes : throw sizes.Unfit("1", "at least one entry: GPUs in a group and bytes");
    }

    private static string? FolderName(YamlFields misc, string key) =>
        misc.OptionalText(key) is not { } name ? null
        : FolderNames.IsPlain(name) ? name
        : throw misc.Unfit(key, "a version, which is a folder's name");
}
