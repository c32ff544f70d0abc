using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Snapshots;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Snapshots;

/// <summary>That nothing is left out: a value that a snapshot forgets is a wrong answer later.</summary>
internal sealed class SnapshotSectionTests
{
    private static readonly AicSystem System = new()
    {
        Name = "gpu",
        MemoryBandwidth = 1,
        MemoryBandwidthScaling = 0.5,
        MemoryConstantLatencySeconds = 2,
        MemoryCapacity = 3,
        TensorCoreFlops = new Dictionary<TensorCoreFormat, double> { [TensorCoreFormat.Fp8] = 4, [TensorCoreFormat.BFloat16] = 5 },
        PowerWatts = 6,
        SmVersion = 7,
        GpusPerNode = 8,
        GpusPerRack = 9,
        IntraNodeBandwidth = 10,
        InterNodeBandwidth = 11,
        InterRackBandwidth = 12,
        PointToPointLatencySeconds = 13,
        NcclMemory = new Dictionary<int, double> { [2] = 14, [1] = 0 },
        OtherMemory = 15,
        NcclVersion = "16",
        OneCclVersion = "17",
    };

    [Test]
    public void Every_value_of_a_system_survives()
    {
        var reader = new SnapshotReader("file", SystemSection.Bytes(System));
        var read = SystemSection.Read(ref reader);
        reader.End();

        foreach (var property in typeof(AicSystem).GetProperties())
        {
            Assert.That(property.GetValue(System), Is.Not.Null.And.Not.EqualTo(0), $"{property.Name}: the sample must set it");
            Assert.That(property.GetValue(read), Is.EqualTo(property.GetValue(System)), property.Name);
        }
    }

    [Test]
    public void A_key_tells_all_queries_apart()
    {
        TableQuery[] queries =
        [
            new("a", [], [], []),
            new("b", [], [], []),
            new("a", ["t"], [], []),
            new("a", ["t", "u"], [], []),
            new("a", ["tu"], [], []),
            new("a", [], [new("t")], []),
            new("a", [], [new("t", 0)], []),
            new("a", [], [new("t", 1)], []),
            new("a", [], [new("t", Least: 1)], []),
            new("a", [], [], [new("t")]),
            new("a", [], [], [new("t", [])]),
            new("a", [], [], [new("t", ["x"])]),
            new("a", [], [], [new("t", ["x", "y"])]),
            new("a", [], [], [new("t", Integers: [])]),
            new("a", [], [], [new("t", Integers: [1])]),
            new("a", [], [], [new("t", Integers: [1], IntegerDefault: 0)]),
            new("a", [], [], [new("t", ["x"]), new("u")]),
        ];

        var keys = from folder in Enum.GetValues<TableFolder>()
                   from query in queries
                   select Convert.ToHexString(SnapshotQuery.Key(folder, query));

        Assert.That(keys, Is.Unique);
    }

    [Test]
    public void A_query_has_no_field_that_its_key_does_not_know() => Assert.That(
        new[] { typeof(TableQuery), typeof(IntegerColumn), typeof(ColumnFilter) }.SelectMany(type => type.GetProperties().Select(property => $"{type.Name}.{property.Name}")),
        Is.EquivalentTo(new[]
        {
            "TableQuery.Table", "TableQuery.TextColumns", "TableQuery.IntegerColumns", "TableQuery.Filters",
            "IntegerColumn.Name", "IntegerColumn.Default", "IntegerColumn.Least",
            "ColumnFilter.Column", "ColumnFilter.Texts", "ColumnFilter.Integers", "ColumnFilter.IntegerDefault",
        }));

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(long.MaxValue)]
    public void A_key_that_no_table_may_have_is_refused_in_a_snapshot_too(long key)
    {
        var query = new TableQuery("gemm_perf", [], [new("m", Least: 1)], []);
        var rows = new TableRows([], new Dictionary<string, long[]> { ["m"] = [8, key] }, [1, 1], [0, 0]);
        var content = new SnapshotContent(
            AicBackend.Vllm, "1.0", EngineSamples.H200, [new SnapshotTable(TableFolder.Backend, "gemm_perf", SnapshotQuery.Key(TableFolder.Backend, query), [], rows)]);

        Assert.That(
            async () => await new SnapshotTables("engine.snapshot", content).LoadAsync(query, CancellationToken.None),
            Throws.TypeOf<PerformanceFileException>().With.Message.EqualTo(
                FormattableString.Invariant($"engine.snapshot: row 2 of gemm_perf, column 'm' is {key}; allowed is an integer from 1 to 1099511627776.")));
    }

    [Test]
    public void Integers_of_every_width_survive([Values(0L, 127, -128, 128, -129, 32767, 32768, int.MaxValue, int.MinValue, 1L << 31, long.MaxValue, long.MinValue)] long value)
    {
        var writer = new SnapshotWriter();
        writer.Longs([1, value, -1]);
        var reader = new SnapshotReader("file", writer.Written.Span);

        var read = reader.Longs(3, "integers");

        reader.End();
        Assert.That(read, Is.EqualTo([1, value, -1]));
    }
}
