using Parquet;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Numbers of specification 1.5 and 1.6, and a second reader's opinion of the real files.</summary>
internal sealed class RealTableTests
{
    [TestCase("attention/vllm/0.19.0/context_attention_perf", 12_520, "attn_dtype,kv_cache_dtype", "num_heads,num_key_value_heads,head_dim,window_size,isl,batch_size")]
    [TestCase("attention/vllm/0.19.0/generation_attention_perf", 10_869, "kv_cache_dtype", "num_heads,num_key_value_heads,head_dim,window_size,batch_size,isl,step")]
    public async Task Repeated_keys_of_vLLM_0_19_are_as_many_as_the_specification_counts(string table, int repeated, string texts, string integers)
    {
        var path = PathOf(table);
        var query = new TableQuery(
            Path.GetFileName(table), texts.Split(','), [.. integers.Split(',').Select(static c => new IntegerColumn(c, c == "window_size" ? 0 : null))], []);

        var rows = await ScanAsync(path, query);

        Assert.That(await RowCountAsync(path) - rows.Count, Is.EqualTo(repeated));
    }

    [Test]
    public async Task Every_table_of_H200_is_consistent_by_our_own_look_at_its_footer_and_pages()
    {
        foreach (var path in Directory.EnumerateFiles(Path.Combine(RealTables.SystemsDirectory, "data"), "*.parquet", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(path);

            var layout = ParquetLayout.Read(bytes);
            foreach (var chunk in layout.RowGroups.SelectMany(static g => g.Chunks))
            {
                ParquetLayout.ReadPages(bytes, chunk);
            }

            Assert.That(layout.RowGroups.Sum(static g => g.Rows), Is.EqualTo(await RowCountAsync(path)), path);
        }
    }

    [Test]
    public async Task Columns_of_every_table_of_H200_are_plain_and_of_a_known_encoding()
    {
        foreach (var path in Directory.EnumerateFiles(Path.Combine(RealTables.SystemsDirectory, "data", "h200_sxm"), "*.parquet", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(path);
            var layout = ParquetLayout.Read(bytes);
            foreach (var group in layout.RowGroups)
            {
                for (var i = 0; i < layout.Columns.Count; i++)
                {
                    var (column, chunk) = (layout.Columns[i], group.Chunks[i]);
                    if (column.Type != ParquetType.Boolean)
                    {
                        Assert.That(column.IsPlain && IsKnown(bytes, chunk), Is.True, $"{path}: {column}");
                    }
                }
            }
        }

        static bool IsKnown(byte[] bytes, ParquetChunk chunk) =>
            new ColumnPages(bytes, ParquetLayout.ReadPages(bytes, chunk), chunk.Codec, isNullable: true).IsKnown;
    }

    [Test]
    public async Task Cells_equal_those_that_Parquet_Net_reads_with_its_plain_methods()
    {
        var path = PathOf("gemm/vllm/0.22.0/gemm_perf");
        await using var reader = await ParquetReader.CreateAsync(path);
        using var group = reader.OpenRowGroupReader(0);
        var count = (int)group.RowCount;
        var (types, m, n, k) = (new string?[count], new long?[count], new long?[count], new long?[count]);
        var (latency, power) = (new double?[count], new double?[count]);
        await group.ReadAsync(Field("gemm_dtype"), types.AsMemory());
        await group.ReadAsync<long>(Field("m"), m.AsMemory());
        await group.ReadAsync<long>(Field("n"), n.AsMemory());
        await group.ReadAsync<long>(Field("k"), k.AsMemory());
        await group.ReadAsync<double>(Field("latency"), latency.AsMemory());
        await group.ReadAsync<double>(Field("power"), power.AsMemory());
        var first = new Dictionary<(string, long?, long?, long?), (double?, double?)>();
        for (var i = 0; i < count; i++)
        {
            first.TryAdd((types[i]!, m[i], n[i], k[i]), (latency[i], power[i]));
        }

        var rows = await ScanAsync(path, new TableQuery("gemm_perf", ["gemm_dtype"], [new("m"), new("n"), new("k")], []));

        Assert.That(rows.Count, Is.EqualTo(first.Count));
        for (var i = 0; i < rows.Count; i++)
        {
            var key = (rows.Text("gemm_dtype")[i], (long?)rows.Integers("m")[i], (long?)rows.Integers("n")[i], (long?)rows.Integers("k")[i]);
            if (first[key] != (rows.LatencyMs[i], rows.PowerWatts[i]))
            {
                Assert.Fail($"row {i}: {key} is ({rows.LatencyMs[i]}, {rows.PowerWatts[i]}), not {first[key]}");
            }
        }

        Parquet.Schema.DataField Field(string name) => reader.Schema.DataFields.Single(f => f.Name == name);
    }

    private static string PathOf(string table) => Path.Combine(RealTables.SystemsDirectory, "data", "h200_sxm", table + ".parquet");

    private static async Task<long> RowCountAsync(string path)
    {
        await using var reader = await ParquetReader.CreateAsync(path);
        return reader.RowGroups.Sum(static g => g.RowCount);
    }

    private static async Task<TableRows> ScanAsync(string path, TableQuery query)
    {
        using var file = await TableFile.ReadAsync(path, CancellationToken.None);
        using var scan = new TableScan(query, TableRule.For(query.Table, "h200_sxm"));
        await ParquetTable.ScanAsync(file, scan, kernels: null, CancellationToken.None);
        return scan.ToRows();
    }
}
