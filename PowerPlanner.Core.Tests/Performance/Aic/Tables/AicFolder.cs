using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>A systems folder of its own for one test, gone afterwards.</summary>
internal sealed class AicFolder : IDisposable
{
    public const string System = "test_gpu";

    public const string SystemYaml = """
        data_dir: data/test_gpu
        gpu:
          mem_bw: 4.8e+12
          mem_bw_empirical_scaling_factor: 0.8
          mem_empirical_constant_latency: 3e-6
          mem_capacity: 151397597184
          bfloat16_tc_flops: 989e12
          power: 700
          sm_version: 90
        node:
          num_gpus_per_node: 8
          num_gpus_per_rack: 72
          intra_node_bw: 450000000000
          inter_node_bw: 50000000000
          inter_rack_bw: 25000000000
          pcie_bw: 64000000000
          p2p_latency: 0.00001
        misc:
          nccl_mem:
            1: 0
            8: 411041792
          other_mem: 3758096384
          nccl_version: 2.30
        """;

    public AicFolder()
    {
        Root = Directory.CreateTempSubdirectory("powerplanner-").FullName;
        Write(System + ".yaml", SystemYaml);
    }

    public string Root { get; }

    /// <summary>A folder of tables: <c>family/backend/version</c>.</summary>
    public static string Data(string path) => Path.Combine("data", System, path);

    public string Write(string path, string text)
    {
        var full = Prepare(path);
        File.WriteAllText(full, text);
        return full;
    }

    public string Write(string path, byte[] bytes)
    {
        var full = Prepare(path);
        File.WriteAllBytes(full, bytes);
        return full;
    }

    /// <summary>Writes a Parquet table below the system's data folder.</summary>
    public async Task<string> WriteTableAsync(string path, params (string Name, Array Cells)[] columns) =>
        Write(Data(path), await TestParquet.ToBytesAsync(columns));

    /// <summary>A GEMM table whose rows are told apart by their latency.</summary>
    public Task<string> WriteGemmAsync(string versionFolder, params (string Type, long M, double Latency)[] rows) => WriteTableAsync(
        versionFolder + "/gemm_perf.parquet",
        ("gemm_dtype", rows.Select(r => r.Type).ToArray()),
        ("m", rows.Select(r => r.M).ToArray()),
        ("n", rows.Select(_ => 64L).ToArray()),
        ("k", rows.Select(_ => 64L).ToArray()),
        ("latency", rows.Select(r => r.Latency).ToArray()));

    public ValueTask<AicDatabase> OpenAsync(string version, AicBackend backend = AicBackend.Vllm, string system = System) =>
        AicDatabase.OpenAsync(Root, system, backend, version);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private string Prepare(string path)
    {
        var full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return full;
    }
}
