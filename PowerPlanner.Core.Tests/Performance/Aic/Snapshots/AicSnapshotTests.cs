using System.Globalization;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Snapshots;
using PowerPlanner.Tests.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Snapshots;

/// <summary>Which snapshots are taken and which refused, on tables of a few rows.</summary>
internal sealed class AicSnapshotTests
{
    private static readonly ModelConfiguration Model = ModelConfiguration.Parse(EngineSamples.LlamaSmall);
    private static readonly EngineLayout Layout = new(8);

    private AicFolder _folder = null!;
    private AicDatabase _database = null!;
    private string _path = null!;

    [SetUp]
    public async Task SetUp()
    {
        _folder = new AicFolder();
        _path = Path.Combine(_folder.Root, "engine.snapshot");
        await WriteGemmAsync("1.0", 0.4);
        await _folder.WriteTableAsync(
            "attention/vllm/1.0/context_attention_perf.parquet",
            ("attn_dtype", Repeat("bfloat16", 6)), ("kv_cache_dtype", Repeat("bfloat16", 6)), ("head_dim", Repeat(128L, 6)), ("window_size", Repeat(0L, 6)),
            ("num_heads", Repeat(4L, 6)), ("num_key_value_heads", Repeat(1L, 6)), ("isl", new long[] { 16, 16, 128, 128, 1024, 1024 }),
            ("batch_size", new long[] { 1, 8, 1, 8, 1, 8 }), ("latency", new[] { 0.1, 0.2, 0.3, 0.9, 1.5, 9 }), ("power", Repeat(300.0, 6)));
        await _folder.WriteTableAsync(
            "attention/vllm/1.0/generation_attention_perf.parquet",
            ("kv_cache_dtype", Repeat("bfloat16", 6)), ("head_dim", Repeat(128L, 6)), ("window_size", Repeat(0L, 6)),
            ("num_heads", Repeat(4L, 6)), ("num_key_value_heads", Repeat(1L, 6)), ("batch_size", new long[] { 1, 1, 8, 8, 64, 64 }),
            ("isl", Repeat(1L, 6)), ("step", new long[] { 15, 1023, 15, 1023, 15, 511 }), ("latency", new[] { 0.01, 0.02, 0.02, 0.05, 0.1, 0.2 }), ("power", Repeat(250.0, 6)));
        await _folder.WriteTableAsync(
            "comm/vllm/1.0/custom_allreduce_perf.parquet",
            ("num_gpus", Repeat(8L, 2)), ("message_size", new long[] { 128, 1 << 20 }), ("latency", new[] { 0.01, 0.1 }),
            ("kernel_source", Repeat("graph", 2)), ("backend", Repeat("vllm", 2)));
        _database = await _folder.OpenAsync("1.0");
    }

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task A_snapshot_needs_no_tables()
    {
        var expected = (await SaveAsync()).EstimateContext(2, 300);
        Directory.Delete(Path.Combine(_folder.Root, "data"), recursive: true);

        var engine = await AicEngine.LoadAsync(await AicSnapshot.OpenAsync(_path), Model, Layout);

        Assert.That(engine.EstimateContext(2, 300), Is.EqualTo(expected));
        Assert.That((engine.System, engine.Backend, engine.BackendVersion), Is.EqualTo((AicFolder.System, AicBackend.Vllm, "1.0")));
    }

    [Test]
    public async Task The_same_engine_gives_the_same_file_whatever_the_culture()
    {
        await SaveAsync();
        var bytes = await File.ReadAllBytesAsync(_path);
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
        try
        {
            await SaveAsync();
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }

        Assert.That(await File.ReadAllBytesAsync(_path), Is.EqualTo(bytes));
    }

    [Test]
    public async Task Nothing_but_the_snapshot_is_left_beside_it()
    {
        await SaveAsync();
        await SaveAsync();

        Assert.That(Directory.GetFiles(_folder.Root).Select(Path.GetFileName), Is.EquivalentTo(new[] { "engine.snapshot", "test_gpu.yaml" }));
    }

    [Test]
    public async Task Unchanged_sources_are_accepted()
    {
        await SaveAsync();

        Assert.That(async () => await AicSnapshot.OpenAsync(_path, await _folder.OpenAsync("1.0")), Throws.Nothing);
    }

    [Test]
    public async Task A_changed_table_is_refused()
    {
        await SaveAsync();
        await WriteGemmAsync("1.0", 0.5);

        AssertStale(await _folder.OpenAsync("1.0"), "has source 1 of gemm_perf as data/test_gpu/gemm/vllm/1.0/gemm_perf.parquet");
    }

    [Test]
    public async Task A_table_that_has_come_is_refused()
    {
        await SaveAsync();
        await WriteGemmAsync("0.9", 0.4);

        AssertStale(await _folder.OpenAsync("1.0"), "has source 2 of gemm_perf as none");
    }

    [Test]
    public async Task A_table_that_is_gone_is_refused()
    {
        await SaveAsync();
        File.Delete(Path.Combine(_folder.Root, AicFolder.Data("gemm/vllm/1.0"), "gemm_perf.parquet"));

        AssertStale(await _folder.OpenAsync("1.0"), "allowed: none");
    }

    [Test]
    public async Task A_changed_system_is_refused()
    {
        await SaveAsync();
        _folder.Write(AicFolder.System + ".yaml", AicFolder.SystemYaml.Replace("power: 700", "power: 650"));

        AssertStale(await _folder.OpenAsync("1.0"), "has other values of system 'test_gpu' than its file");
    }

    [Test]
    public async Task Another_version_is_refused()
    {
        await SaveAsync();
        await WriteGemmAsync("2.0", 0.4);

        AssertStale(await _folder.OpenAsync("2.0"), "is of test_gpu, vllm 1.0; allowed: test_gpu, vllm 2.0");
    }

    [Test]
    public async Task Another_engines_snapshot_says_what_it_lacks()
    {
        await SaveAsync();
        var snapshot = await AicSnapshot.OpenAsync(_path);

        Assert.That(
            async () => await AicEngine.LoadAsync(snapshot, ModelConfiguration.Parse(EngineSamples.Qwen3Dense), new EngineLayout(1)),
            Throws.TypeOf<PerformanceFileException>().With.Message.StartWith($"{_path}: holds no answer for context_attention_perf (attn_dtype bfloat16"));
    }

    [Test]
    public async Task Other_bytes_at_the_start_are_no_snapshot()
    {
        await SaveAsync();

        AssertRefused(bytes => bytes[1] = (byte)'Q', "begins with 8951");
    }

    [Test]
    public async Task Another_format_version_is_refused()
    {
        await SaveAsync();

        AssertRefused(bytes => bytes[8] = 99, "has format version 99; this library reads version 1.");
    }

    [Test]
    public async Task A_flipped_bit_of_the_payload_is_refused()
    {
        await SaveAsync();

        AssertRefused(bytes => bytes[^1] ^= 1, "has a payload of SHA-256 ");
    }

    [Test]
    public async Task A_truncated_file_is_refused([Values(0, 1, 51, 52, 300)] int length)
    {
        await SaveAsync();
        await File.WriteAllBytesAsync(_path, (await File.ReadAllBytesAsync(_path))[..length]);

        Assert.That(async () => await AicSnapshot.OpenAsync(_path), Throws.TypeOf<PerformanceFileException>().With.Property("Path").EqualTo(_path));
    }

    [Test]
    public void A_file_that_does_not_exist_is_refused() =>
        Assert.That(async () => await AicSnapshot.OpenAsync(_path), Throws.TypeOf<PerformanceFileException>().With.Property("Path").EqualTo(_path));

    [Test]
    public void A_length_beyond_the_file_is_refused_before_anything_is_allocated()
    {
        var writer = new SnapshotWriter();
        writer.Integer(int.MaxValue);

        File.WriteAllBytes(_path, [.. SnapshotFile.Header(writer.Written.Span), .. writer.Written.Span]);

        Assert.That(
            async () => await AicSnapshot.OpenAsync(_path),
            Throws.TypeOf<PerformanceFileException>().With.Message.EqualTo($"{_path}: byte 4 of the payload, backend: 2147483647; allowed: from 0 to 0, as many as the remaining bytes hold."));
    }

    [Test]
    public async Task Loading_writes_a_snapshot_where_there_is_none()
    {
        var engine = await AicSnapshot.LoadOrSaveAsync(_path, _database, Model, Layout);

        Assert.That(engine.Warnings, Is.Empty);
        Assert.That(async () => await AicSnapshot.OpenAsync(_path, _database), Throws.Nothing);
    }

    [Test]
    public async Task Loading_reads_a_snapshot_that_fits()
    {
        await SaveAsync();
        var written = File.GetLastWriteTimeUtc(_path);

        var engine = await AicSnapshot.LoadOrSaveAsync(_path, _database, Model, Layout);

        Assert.That(engine.EstimateContext(2, 300), Is.EqualTo((await AicEngine.LoadAsync(_database, Model, Layout)).EstimateContext(2, 300)));
        Assert.That(File.GetLastWriteTimeUtc(_path), Is.EqualTo(written));
    }

    [Test]
    public async Task Loading_replaces_a_snapshot_that_is_stale_or_damaged([Values] bool damaged)
    {
        await SaveAsync();
        if (damaged)
        {
            await File.WriteAllTextAsync(_path, "no snapshot");
        }
        else
        {
            await WriteGemmAsync("1.0", 0.8);
        }

        var engine = await AicSnapshot.LoadOrSaveAsync(_path, _database, Model, Layout);

        Assert.That(engine.EstimateContext(2, 300), Is.EqualTo((await AicEngine.LoadAsync(_database, Model, Layout)).EstimateContext(2, 300)));
        Assert.That(async () => await AicSnapshot.OpenAsync(_path, _database), Throws.Nothing);
    }

    [Test]
    public async Task A_snapshot_that_cannot_be_written_is_a_warning_of_the_engine()
    {
        var nowhere = Path.Combine(_folder.Root, "no such folder", "engine.snapshot");

        var engine = await AicSnapshot.LoadOrSaveAsync(nowhere, _database, Model, Layout);

        Assert.That(engine.Warnings, Has.Exactly(1).StartsWith($"{nowhere}: cannot be written: "));
        Assert.That(async () => await AicSnapshot.SaveAsync(nowhere, _database, Model, Layout), Throws.TypeOf<PerformanceFileException>());
    }

    [Test]
    public async Task A_snapshot_is_no_source_of_another()
    {
        await SaveAsync();
        var snapshot = await AicSnapshot.OpenAsync(_path);

        Assert.That(async () => await AicSnapshot.SaveAsync(_path, snapshot, Model, Layout), Throws.ArgumentException);
        Assert.That(async () => await AicSnapshot.OpenAsync(_path, snapshot), Throws.ArgumentException);
        Assert.That(async () => await AicSnapshot.LoadOrSaveAsync(_path, snapshot, Model, Layout), Throws.ArgumentException);
    }

    [Test]
    public async Task Of_mutated_files_none_does_worse_than_be_refused([Values] bool resealed)
    {
        const int Mutations = 2500;
        await SaveAsync();
        var whole = await File.ReadAllBytesAsync(_path);
        var random = new Random(resealed ? 3 : 4);
        var mutant = _path + ".mutant";
        var refused = 0;
        for (var i = 0; i < Mutations; i++)
        {
            await File.WriteAllBytesAsync(mutant, SnapshotMutation.Of(whole, random, resealed));

            refused += await SnapshotMutation.AssertNoWorseThanRefusedAsync(mutant, Model, Layout, $"mutation {i}") ? 1 : 0;
        }

        // A mutation may leave the file as it was, or, resealed, change a measurement.
        Assert.That(refused, Is.GreaterThan(resealed ? Mutations / 2 : Mutations * 9 / 10));
    }

    private static T[] Repeat<T>(T value, int count)
    {
        var values = new T[count];
        Array.Fill(values, value);
        return values;
    }

    /// <summary>Three weight shapes at two row counts, near enough to those of the model.</summary>
    private Task<string> WriteGemmAsync(string version, double lastLatencyMs) => _folder.WriteTableAsync(
        $"gemm/vllm/{version}/gemm_perf.parquet",
        ("gemm_dtype", Repeat("bfloat16", 6)), ("m", new long[] { 1, 1, 1, 4096, 4096, 4096 }), ("n", new long[] { 1024, 4096, 16384, 1024, 4096, 16384 }),
        ("k", new long[] { 4096, 1024, 4096, 4096, 1024, 4096 }), ("latency", new[] { 0.01, 0.01, 0.05, 0.1, 0.1, lastLatencyMs }), ("power", Repeat(500.0, 6)));

    private ValueTask<AicEngine> SaveAsync() => AicSnapshot.SaveAsync(_path, _database, Model, Layout);

    private void AssertStale(AicDatabase sources, string problem) => Assert.That(
        async () => await AicSnapshot.OpenAsync(_path, sources),
        Throws.TypeOf<PerformanceFileException>().With.Property("Path").EqualTo(_path).And.Message.Contains(problem).And.Message.EndsWith("The snapshot is stale: write it again."));

    private void AssertRefused(Action<byte[]> damage, string problem)
    {
        var bytes = File.ReadAllBytes(_path);
        damage(bytes);
        File.WriteAllBytes(_path, bytes);

        Assert.That(async () => await AicSnapshot.OpenAsync(_path), Throws.TypeOf<PerformanceFileException>().With.Message.StartWith($"{_path}: {problem}"));
    }
}
