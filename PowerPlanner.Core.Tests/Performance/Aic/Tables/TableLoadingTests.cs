using Parquet;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Specification 1.3 and 1.6, rule by rule, on tables of a few rows.</summary>
internal sealed class TableLoadingTests
{
    private static readonly TableQuery Gemm = new("gemm_perf", ["gemm_dtype"], [new("m"), new("n"), new("k")], []);
    private static readonly TableQuery AllReduce = new("custom_allreduce_perf", [], [new("num_gpus"), new("message_size")], []);

    private AicFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new AicFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task Rows_come_in_file_order()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 3, 0.3), ("b", 1, 0.1), ("a", 2, 0.2));

        var rows = await LoadAsync(Gemm, "1.0");

        Assert.That(rows.Text("gemm_dtype"), Is.EqualTo(["a", "b", "a"]));
        Assert.That(rows.Integers("m"), Is.EqualTo([3L, 1L, 2L]));
        Assert.That(rows.LatencyMs, Is.EqualTo([0.3, 0.1, 0.2]));
    }

    [Test]
    public async Task Several_row_groups_are_one_table([Values(1, 2, 3, 100)] int rowsPerGroup)
    {
        await WriteAsync(CompressionMethod.Snappy, rowsPerGroup);

        var rows = await LoadAsync(Gemm, "1.0");

        Assert.That(rows.Integers("m"), Is.EqualTo([1L, 2L, 3L, 4L, 5L]));
        Assert.That(rows.LatencyMs, Is.EqualTo([0.1, 0.2, 0.3, 0.4, 0.5]));
        Assert.That(rows.PowerWatts, Is.EqualTo([100.0, 0, 300, 0, 500]));
    }

    [Test]
    public async Task Compressions_of_the_real_tables_and_none_are_read(
        [Values(CompressionMethod.None, CompressionMethod.Snappy, CompressionMethod.Zstd, CompressionMethod.Gzip)] CompressionMethod compression)
    {
        await WriteAsync(compression, rowsPerGroup: 3);

        var rows = await LoadAsync(Gemm, "1.0");

        Assert.That(rows.Text("gemm_dtype"), Is.EqualTo(["x", "y", "x", "x", "y"]));
        Assert.That(rows.LatencyMs, Is.EqualTo([0.1, 0.2, 0.3, 0.4, 0.5]));
    }

    [Test]
    public async Task The_first_row_with_a_key_wins_within_a_file()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.1), ("a", 2, 0.2), ("a", 1, 0.9));

        var rows = await LoadAsync(Gemm, "1.0");

        Assert.That(rows.LatencyMs, Is.EqualTo([0.1, 0.2]));
    }

    [Test]
    public async Task The_first_source_with_a_key_wins_and_others_fill_holes()
    {
        await _folder.WriteGemmAsync("gemm/vllm/2.0", ("a", 1, 0.1));
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.9), ("a", 2, 0.2));

        var rows = await LoadAsync(Gemm, "2.0");

        Assert.That(rows.Integers("m"), Is.EqualTo([1L, 2L]));
        Assert.That(rows.LatencyMs, Is.EqualTo([0.1, 0.2]));
    }

    [Test]
    public async Task Texts_of_different_files_are_the_same_key()
    {
        await _folder.WriteGemmAsync("gemm/vllm/2.0", ("a", 1, 0.1), ("b", 1, 0.2));
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("b", 1, 0.9), ("a", 1, 0.9), ("c", 1, 0.3));

        var rows = await LoadAsync(Gemm, "2.0");

        Assert.That(rows.Text("gemm_dtype"), Is.EqualTo(["a", "b", "c"]));
    }

    [Test]
    public async Task Many_keys_are_told_apart()
    {
        const int Count = 20_000;
        var sizes = Enumerable.Range(0, Count).Select(static i => (long)i << 12).ToArray();
        await _folder.WriteTableAsync(
            "gemm/vllm/1.0/gemm_perf.parquet",
            ("gemm_dtype", Enumerable.Repeat("a", 2 * Count).ToArray()),
            ("m", sizes.Concat(sizes).ToArray()),
            ("n", new long[2 * Count]),
            ("k", new long[2 * Count]),
            ("latency", Enumerable.Range(0, 2 * Count).Select(static i => (double)i).ToArray()));

        var rows = await LoadAsync(Gemm, "1.0");

        Assert.That(rows.Integers("m"), Is.EqualTo(sizes));
        Assert.That(rows.LatencyMs[^1], Is.EqualTo(Count - 1));
    }

    [Test]
    public async Task Columns_are_found_by_name_and_others_ignored()
    {
        await _folder.WriteTableAsync(
            "gemm/vllm/1.0/gemm_perf.parquet",
            ("latency", new[] { 0.5 }), ("flag", new[] { true }), ("k", new[] { 3L }), ("n", new[] { 2L }), ("device", new[] { "gpu" }), ("m", new[] { 1L }), ("gemm_dtype", new[] { "a" }));

        var rows = await LoadAsync(Gemm, "1.0");

        Assert.That((rows.Integers("m")[0], rows.Integers("n")[0], rows.Integers("k")[0], rows.LatencyMs[0]), Is.EqualTo((1L, 2L, 3L, 0.5)));
    }

    [Test]
    public async Task An_optional_integer_that_is_absent_or_null_has_its_default()
    {
        var query = new TableQuery("x_perf", [], [new("isl"), new("window_size", 0)], []);
        await _folder.WriteTableAsync("x/vllm/2.0/x_perf.parquet", ("isl", new[] { 1L, 2L }), ("window_size", new long?[] { 7, null }), ("latency", new[] { 0.1, 0.2 }));
        await _folder.WriteTableAsync("x/vllm/1.0/x_perf.parquet", ("isl", new[] { 3L }), ("latency", new[] { 0.3 }));

        var rows = await LoadAsync(query, "2.0");

        Assert.That(rows.Integers("window_size"), Is.EqualTo([7L, 0L, 0L]));
    }

    [Test]
    public async Task Power_that_is_absent_or_null_is_0_W()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 9, 0.9));
        await _folder.WriteTableAsync(
            "gemm/vllm/2.0/gemm_perf.parquet",
            ("gemm_dtype", new[] { "a", "a", "a" }), ("m", new[] { 1L, 2L, 3L }), ("n", new[] { 64L, 64L, 64L }), ("k", new[] { 64L, 64L, 64L }),
            ("latency", new[] { 0.1, 0.2, 0.3 }), ("power", new double?[] { null, 450, null }));

        var rows = await LoadAsync(Gemm, "2.0");

        Assert.That(rows.PowerWatts, Is.EqualTo([0.0, 450, 0, 0]));
    }

    [Test]
    public async Task A_latency_of_0_is_kept()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0));

        Assert.That((await LoadAsync(Gemm, "1.0")).LatencyMs, Is.EqualTo([0.0]));
    }

    [Test]
    public async Task GEMM_rows_of_awq_and_gptq_are_skipped()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("awq", 1, 0.1), ("fp8", 2, 0.2), ("gptq", 3, 0.3), ("awq_marlin", 4, 0.4));

        Assert.That((await LoadAsync(Gemm, "1.0")).Text("gemm_dtype"), Is.EqualTo(["fp8", "awq_marlin"]));
    }

    [Test]
    public async Task Eager_all_reduces_are_dropped_by_kernel_and_by_backend()
    {
        await WriteAllReduceAsync();

        Assert.That((await LoadAsync(AllReduce, "1.0")).Integers("message_size"), Is.EqualTo([1L, 4L]));
    }

    [Test]
    public async Task The_system_b60_keeps_its_eager_all_reduces()
    {
        _folder.Write("b60.yaml", AicFolder.SystemYaml);
        await WriteAllReduceAsync();
        var database = await _folder.OpenAsync("1.0", system: "b60");

        var rows = await database.LoadAsync(AllReduce, CancellationToken.None);

        Assert.That(rows.Integers("message_size"), Is.EqualTo([1L, 2L, 3L, 4L]));
    }

    [Test]
    public async Task All_reduce_tables_need_no_backend_column()
    {
        await _folder.WriteTableAsync(
            "comm/vllm/1.0/custom_allreduce_perf.parquet",
            ("kernel_source", new[] { "a_eager", "b" }), ("num_gpus", new[] { 2L, 2L }), ("message_size", new[] { 1L, 2L }), ("latency", new[] { 0.1, 0.2 }));

        Assert.That((await LoadAsync(AllReduce, "1.0")).Integers("message_size"), Is.EqualTo([2L]));
    }

    [Test]
    public async Task MoE_formats_are_rewritten_by_kernel_before_anything_is_filtered()
    {
        await WriteMoeAsync();
        var query = new TableQuery("moe_perf", ["moe_dtype"], [new("num_tokens")], [new("moe_dtype", ["w4a8_mxfp4_mxfp8_trtllm", "w4a16_mxfp4_cutlass", "w4a16_mxfp4"])]);

        var rows = await LoadAsync(query, "1.0", AicBackend.Sglang);

        Assert.That(rows.Text("moe_dtype"), Is.EqualTo(["w4a8_mxfp4_mxfp8_trtllm", "w4a16_mxfp4_cutlass", "w4a16_mxfp4"]));
        Assert.That(rows.Integers("num_tokens"), Is.EqualTo([1L, 2L, 4L]));
    }

    [Test]
    public async Task MoE_rows_of_the_low_latency_kernel_are_a_table_of_their_own()
    {
        await WriteMoeAsync();

        var regular = await LoadAsync(new TableQuery("moe_perf", [], [new("num_tokens")], []), "1.0", AicBackend.Sglang);
        var lowLatency = await LoadAsync(new TableQuery(MoeRule.LowLatencyTable, [], [new("num_tokens")], []), "1.0", AicBackend.Sglang);

        Assert.That(regular.Integers("num_tokens"), Is.EqualTo([1L, 2L, 3L, 4L]));
        Assert.That(lowLatency.Integers("num_tokens"), Is.EqualTo([5L]));
    }

    [Test]
    public async Task Filters_on_texts_and_integers_must_all_hold()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.1), ("b", 1, 0.2), ("a", 2, 0.3), ("a", 3, 0.4), ("c", 1, 0.5));

        var rows = await LoadAsync(Gemm with { Filters = [new("gemm_dtype", ["a", "c"]), new("m", Integers: [1, 3])] }, "1.0");

        Assert.That(rows.LatencyMs, Is.EqualTo([0.1, 0.4, 0.5]));
    }

    [Test]
    public async Task A_filter_on_an_absent_column_sees_its_default([Values(0, 7)] int wanted)
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.1));

        var rows = await LoadAsync(Gemm with { Filters = [new("window_size", Integers: [wanted], IntegerDefault: 0)] }, "1.0");

        Assert.That(rows.Count, Is.EqualTo(wanted == 0 ? 1 : 0));
    }

    [Test]
    public async Task A_row_that_a_filter_drops_claims_no_key()
    {
        await _folder.WriteTableAsync(
            "x/vllm/1.0/x_perf.parquet",
            ("kernel_source", new[] { "old", "new" }), ("isl", new[] { 1L, 1L }), ("latency", new[] { 0.9, 0.1 }));

        var rows = await LoadAsync(new TableQuery("x_perf", [], [new("isl")], [new("kernel_source", ["new"])]), "1.0");

        Assert.That(rows.LatencyMs, Is.EqualTo([0.1]));
    }

    [Test]
    public async Task Of_another_backend_only_granted_kernels_are_taken()
    {
        _folder.Write(ReuseManifest.Name, "groups:\n  - op_file: x_perf.parquet\n    kernel_source: default\n    tier: shared_fallback\n    frameworks: [trtllm, vllm]\n");
        await _folder.WriteTableAsync("x/vllm/1.0/x_perf.parquet", ("kernel_source", new[] { "own" }), ("isl", new[] { 1L }), ("latency", new[] { 0.1 }));
        await _folder.WriteTableAsync(
            "x/trtllm/1.0/x_perf.parquet", ("kernel_source", new[] { "other", "default" }), ("isl", new[] { 2L, 3L }), ("latency", new[] { 0.2, 0.3 }));

        Assert.That((await LoadAsync(new TableQuery("x_perf", [], [new("isl")], []), "1.0")).Integers("isl"), Is.EqualTo([1L, 3L]));
    }

    [Test]
    public async Task A_table_without_any_source_has_no_rows()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.1));

        var rows = await LoadAsync(new TableQuery("mla_bmm_perf", ["bmm_dtype"], [new("num_heads")], []), "1.0");

        Assert.That((rows.Count, rows.Text("bmm_dtype").Length, rows.Integers("num_heads").Length), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public async Task NCCL_tables_are_found_by_the_version_of_the_system_and_nothing_is_added()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.1));
        await WriteNcclAsync("comm/nccl/2.30", 1);
        await WriteNcclAsync("comm/nccl/2.3", 2);
        await WriteNcclAsync("comm/nccl/2.29.2", 3);

        Assert.That((await LoadNcclAsync(oneCcl: false)).Integers("message_size"), Is.EqualTo([1L]));
    }

    [Test]
    public async Task NCCL_tables_may_lie_in_the_flat_layout()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.1));
        await WriteNcclAsync("nccl/2.30", 4);

        Assert.That((await LoadNcclAsync(oneCcl: false)).Integers("message_size"), Is.EqualTo([4L]));
    }

    [Test]
    public async Task A_system_that_names_no_oneCCL_has_no_such_rows()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.1));
        await WriteNcclAsync("comm/oneccl/2021.17.2", 5, "oneccl_perf");

        Assert.That((await LoadNcclAsync(oneCcl: true)).Count, Is.Zero);
    }

    [Test]
    public async Task The_oneCCL_table_is_that_of_the_systems_version()
    {
        _folder.Write("test_gpu.yaml", AicFolder.SystemYaml + "\n  oneccl_version: 2021.17.2");
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.1));
        await WriteNcclAsync("comm/oneccl/2021.17.2", 5, "oneccl_perf");

        Assert.That((await LoadNcclAsync(oneCcl: true)).Integers("message_size"), Is.EqualTo([5L]));
    }

    [Test]
    public async Task A_text_table_is_read_like_a_Parquet_table()
    {
        _folder.Write(AicFolder.Data("gemm/vllm/1.0/gemm_perf.txt"), "framework,\"gemm_dtype\",m,n,k,latency,power\nVLLM,\"a\",1,2,3,0.25,450.5\nVLLM,\"a,\"\"b\"\"\",4,5,6,1e-3,\n");

        var rows = await LoadAsync(Gemm, "1.0");

        Assert.That(rows.Text("gemm_dtype"), Is.EqualTo(["a", "a,\"b\""]));
        Assert.That(rows.Integers("k"), Is.EqualTo([3L, 6L]));
        Assert.That(rows.LatencyMs, Is.EqualTo([0.25, 1e-3]));
        Assert.That(rows.PowerWatts, Is.EqualTo([450.5, 0]));
    }

    [Test]
    public async Task Versions_are_listed_oldest_first_and_markers_alone_make_no_version()
    {
        await _folder.WriteGemmAsync("gemm/vllm/0.10.0", ("a", 1, 0.1));
        await _folder.WriteGemmAsync("gemm/vllm/0.9.0", ("a", 1, 0.1));
        _folder.Write(AicFolder.Data("gemm/vllm/0.11.0/INCOMPLETE.txt"), "");
        _folder.Write(AicFolder.Data("gemm/vllm/0.12.0/reuse.yaml"), "");

        Assert.That(await AicDatabase.ListVersionsAsync(_folder.Root, AicFolder.System, AicBackend.Vllm), Is.EqualTo(["0.9.0", "0.10.0"]));
    }

    [Test]
    public async Task A_version_with_a_folder_in_the_flat_layout_can_be_opened()
    {
        await _folder.WriteGemmAsync("vllm/1.0", ("a", 1, 0.1));

        Assert.That((await LoadAsync(Gemm, "1.0")).Count, Is.EqualTo(1));
    }

    [Test]
    public async Task Several_loads_at_once_do_not_disturb_each_other()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 1, 0.1), ("b", 2, 0.2), ("a", 3, 0.3));
        var database = await _folder.OpenAsync("1.0");

        var loads = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(async () =>
            (await database.LoadAsync(Gemm with { Filters = [new("gemm_dtype", [i % 2 == 0 ? "a" : "b"])] }, CancellationToken.None)).LatencyMs)));

        Assert.That(loads.Where(static (_, i) => i % 2 == 0), Is.All.EqualTo(new[] { 0.1, 0.3 }));
        Assert.That(loads.Where(static (_, i) => i % 2 == 1), Is.All.EqualTo(new[] { 0.2 }));
    }

    private async Task WriteAsync(CompressionMethod compression, int rowsPerGroup) => _folder.Write(
        AicFolder.Data("gemm/vllm/1.0/gemm_perf.parquet"),
        await TestParquet.ToBytesAsync(
            compression,
            rowsPerGroup,
            ("gemm_dtype", new[] { "x", "y", "x", "x", "y" }),
            ("m", new[] { 1L, 2, 3, 4, 5 }),
            ("n", new long?[] { 1, 1, 1, 1, 1 }),
            ("k", new[] { 1L, 1, 1, 1, 1 }),
            ("latency", new double?[] { 0.1, 0.2, 0.3, 0.4, 0.5 }),
            ("power", new double?[] { 100, null, 300, null, 500 })));

    private Task<string> WriteAllReduceAsync() => _folder.WriteTableAsync(
        "comm/vllm/1.0/custom_allreduce_perf.parquet",
        ("kernel_source", new[] { "vllm_graph", "vllm_eager", "vllm_graph", "eager_graph" }),
        ("backend", new[] { "custom", "custom", "custom_eager", "custom" }),
        ("num_gpus", new[] { 2L, 2, 2, 2 }),
        ("message_size", new[] { 1L, 2, 3, 4 }),
        ("latency", new[] { 0.1, 0.2, 0.3, 0.4 }));

    private Task<string> WriteMoeAsync() => _folder.WriteTableAsync(
        "moe/sglang/1.0/moe_perf.parquet",
        ("kernel_source", new[] { "sglang_mxfp4_flashinfer_trtllm_moe", "sglang_flashinfer_cutlass_moe", "sglang_flashinfer_cutlass_moe", "other", "moe_torch_flow_min_latency" }),
        ("moe_dtype", new[] { "w4a8_mxfp4_mxfp8", "w4a16_mxfp4", "nvfp4", "w4a16_mxfp4", "nvfp4" }),
        ("num_tokens", new[] { 1L, 2, 3, 4, 5 }),
        ("latency", new[] { 0.1, 0.2, 0.3, 0.4, 0.5 }));

    private Task<string> WriteNcclAsync(string folder, long size, string table = "nccl_perf") => _folder.WriteTableAsync(
        $"{folder}/{table}.parquet", ("num_gpus", new[] { 2L }), ("message_size", new[] { size }), ("latency", new[] { 0.1 }));

    private async Task<TableRows> LoadNcclAsync(bool oneCcl)
    {
        var database = await _folder.OpenAsync("1.0");
        return await database.LoadCollectivesAsync(
            new TableQuery(oneCcl ? "oneccl_perf" : "nccl_perf", [], [new("num_gpus"), new("message_size")], []), oneCcl, CancellationToken.None);
    }

    private async Task<TableRows> LoadAsync(TableQuery query, string version, AicBackend backend = AicBackend.Vllm) =>
        await (await _folder.OpenAsync(version, backend)).LoadAsync(query, CancellationToken.None);
}
