using System.Text;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Tables that cannot be used: the message names the file, the row, the column, the value and what is allowed.</summary>
internal sealed class BadTableTests
{
    private const string Parquet = "gemm/vllm/1.0/gemm_perf.parquet";
    private const string Text = "gemm/vllm/1.0/gemm_perf.txt";

    private static readonly TableQuery Query = new(
        "gemm_perf", ["gemm_dtype"], [new("m", Least: 1), new("n", Least: 1), new("k", Least: 1)], []);

    private AicFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new AicFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    private static IEnumerable<TestCaseData> Files()
    {
        yield return File("an empty file", _ => [], "has 0 bytes", "1 to");
        yield return File("a Git LFS pointer", _ => Encoding.UTF8.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"), "git lfs pull");
        yield return File("a few bytes", file => file[..11], "'PAR1' is expected at both ends of 11 bytes");
        yield return File("a file cut in the middle", file => file[..(file.Length / 2)], "'PAR1' is expected at both ends");
        yield return File("a file cut in its footer", file => file[..^6], "'PAR1' is expected at both ends");
        yield return File("a file without its head", file => file[1..], "'PAR1' is expected at both ends", "0x415231");
        yield return File("another start", file => [.. "PAR2"u8, .. file[4..]], "not 0x50415232 and 0x50415231");
        yield return File("another end", file => [.. file[..^4], .. "PARE"u8], "not 0x50415231 and 0x50415245");
        yield return File("random bytes", _ => Noise(), "'PAR1' is expected at both ends of 4096 bytes");
        yield return File("random bytes between the marks", _ => [.. "PAR1"u8, .. Noise(), .. "PAR1"u8], "the footer's length is");
        yield return File("text instead of a table", _ => Encoding.UTF8.GetBytes("gemm_dtype,m,n,k,latency\n"), "'PAR1' is expected at both ends");
        yield return File("pages of zeros", ZeroPages, "column 'gemm_dtype' cannot be read", "a page has the unknown type -1");
    }

    private static IEnumerable<TestCaseData> Columns()
    {
        yield return Table("a column that is missing", "k", null, "column 'k' is missing; it is required.");
        yield return Table("a column missing that rows are chosen by", "gemm_dtype", null, "column 'gemm_dtype' is missing; it is required.");
        yield return Table("no latency", "latency", null, "column 'latency' is missing; it is required.");
        yield return Table("text for integers", "m", new[] { "1", "2" }, "column 'm' has the type ByteArray", "allowed is Int64");
        yield return Table("reals for integers", "n", new[] { 1.0, 2.0 }, "column 'n' has the type Double", "allowed is Int64");
        yield return Table("integers of 32 bits", "m", new[] { 1, 2 }, "column 'm' has the type Int32", "allowed is Int64");
        yield return Table("integers for text", "gemm_dtype", new[] { 1L, 2L }, "column 'gemm_dtype' has the type Int64", "allowed is ByteArray of UTF-8 text");
        yield return Table("integers for reals", "latency", new[] { 1L, 2L }, "column 'latency' has the type Int64", "allowed is Double");
        yield return Table("power as text", "power", new[] { "400", "450" }, "column 'power' has the type ByteArray", "allowed is Double");
        yield return Table("a latency of NaN", "latency", new[] { 0.5, double.NaN }, "row 2, column 'latency' is NaN ms; allowed is a finite number >= 0.");
        yield return Table("a negative latency", "latency", new[] { 0.5, -0.25 }, "row 2, column 'latency' is -0.25 ms; allowed is a finite number >= 0.");
        yield return Table("an infinite latency", "latency", new[] { double.PositiveInfinity, 1 }, "row 1, column 'latency' is Infinity ms");
        yield return Table("a latency of null", "latency", new double?[] { 0.5, null }, "row 2, column 'latency' is null; a value is required.");
        yield return Table("a power of NaN", "power", new[] { double.NaN, 400 }, "row 1, column 'power' is NaN W; allowed is a finite number >= 0.");
        yield return Table("a negative power", "power", new[] { 400.0, -1 }, "row 2, column 'power' is -1 W");
        yield return Table("an infinite power", "power", new[] { 400.0, double.NegativeInfinity }, "row 2, column 'power' is -Infinity W");
        yield return Table("a key of 0", "m", new[] { 1L, 0L }, "row 2, column 'm' is 0; allowed is an integer from 1 to 1099511627776.");
        yield return Table("a negative key", "k", new[] { -64L, 64L }, "row 1, column 'k' is -64; allowed is an integer from 1");
        yield return Table("a key beyond all sizes", "n", new[] { 64L, long.MaxValue }, "row 2, column 'n' is 9223372036854775807; allowed is an integer from 1");
        yield return Table("a key of null", "m", new long?[] { 1, null }, "row 2, column 'm' is null; a value is required.");
        yield return Table("a type of null", "gemm_dtype", new string?[] { null, "a" }, "row 1, column 'gemm_dtype' is null; a value is required.");
    }

    private static IEnumerable<TestCaseData> Texts()
    {
        const string Header = "gemm_dtype,m,n,k,latency,power\n";
        const string Good = "a,1,64,64,0.5,400\n";
        yield return TextFile("nothing but a header", Header, "has no rows; a table needs at least one.");
        yield return TextFile("a row too short", Header + Good + "a,2,64\n", "row 2 has 3 fields; the header has 6.");
        yield return TextFile("a row too long", Header + Good + "a,2,64,64,0.5,400,9\n", "row 2 has 7 fields; the header has 6.");
        yield return TextFile("a column twice", "m," + Header + "1," + Good, "column 'm' occurs twice");
        yield return TextFile("a missing column", "gemm_dtype,m,n,latency\na,1,64,0.5\n", "column 'k' is missing; it is required.");
        yield return TextFile("a word for an integer", Header + Good + "a,two,64,64,0.5,400\n", "row 2, column 'm' is 'two'; allowed is an integer.");
        yield return TextFile("a fraction for an integer", Header + "a,1.5,64,64,0.5,400\n", "row 1, column 'm' is '1.5'; allowed is an integer.");
        yield return TextFile("an integer beyond 64 bits", Header + "a,9223372036854775808,64,64,0.5,400\n", "row 1, column 'm' is '9223372036854775808'; allowed is an integer.");
        yield return TextFile("a word for a latency", Header + "a,1,64,64,fast,400\n", "row 1, column 'latency' is 'fast'; allowed is a number.");
        yield return TextFile("a decimal comma", Header + "a,1,64,64,\"0,5\",400\n", "row 1, column 'latency' is '0,5'; allowed is a number.");
        yield return TextFile("an empty latency", Header + "a,1,64,64,,400\n", "row 1, column 'latency' is empty; a number is required.");
        yield return TextFile("an empty key", Header + "a,,64,64,0.5,400\n", "row 1, column 'm' is empty; an integer is required.");
        yield return TextFile("a latency of NaN", Header + Good + "a,2,64,64,NaN,400\n", "row 2, column 'latency' is NaN ms");
        yield return TextFile("a latency beyond all doubles", Header + "a,1,64,64,1e400,400\n", "row 1, column 'latency' is Infinity ms");
        yield return TextFile("a negative power", Header + "a,1,64,64,0.5,-400\n", "row 1, column 'power' is -400 W");
        yield return TextFile("bytes that are no text", Header + "\uD800,1,64,64,0.5,400\n", "is not a readable CSV file");
        yield return TextFile("a quote without an end", Header + Good + "\"a,1,64,64,0.5,400\n", "is not a readable CSV file after row 1: ");
    }

    [TestCaseSource(nameof(Files))]
    public async Task A_file_that_is_no_table_is_refused(Func<byte[], byte[]> damage, string[] parts)
    {
        var whole = await TestParquet.ToBytesAsync(GoodColumns());
        _folder.Write(AicFolder.Data(Parquet), damage(whole));

        await AssertRefusedAsync(Parquet, parts);
    }

    [TestCaseSource(nameof(Columns))]
    public async Task A_column_that_cannot_be_used_is_refused(string column, Array? cells, string[] parts)
    {
        var columns = GoodColumns().Where(c => c.Name != column).ToList();
        if (cells is not null)
        {
            columns.Add((column, cells));
        }

        await _folder.WriteTableAsync(Parquet, [.. columns]);

        await AssertRefusedAsync(Parquet, parts);
    }

    [TestCaseSource(nameof(Texts))]
    public async Task A_text_that_is_no_table_is_refused(byte[] text, string[] parts)
    {
        _folder.Write(AicFolder.Data(Text), text);

        await AssertRefusedAsync(Text, parts);
    }

    [Test]
    public async Task A_table_without_rows_is_refused()
    {
        await _folder.WriteGemmAsync("gemm/vllm/1.0");

        await AssertRefusedAsync(Parquet, "has no rows; a table needs at least one.");
    }

    [Test]
    public async Task A_row_is_counted_over_the_row_groups_of_its_file()
    {
        _folder.Write(AicFolder.Data(Parquet), await TestParquet.ToBytesAsync(
            global::Parquet.CompressionMethod.Snappy,
            2,
            ("gemm_dtype", new[] { "a", "a", "a", "a", "a" }),
            ("m", new[] { 1L, 2, 3, 4, 5 }),
            ("n", new[] { 1L, 1, 1, 1, 1 }),
            ("k", new[] { 1L, 1, 1, 1, 1 }),
            ("latency", new[] { 1.0, 1, 1, double.NaN, 1 })));

        await AssertRefusedAsync(Parquet, "row 4, column 'latency' is NaN ms");
    }

    [Test]
    public async Task An_older_source_that_is_damaged_is_named_itself()
    {
        await _folder.WriteGemmAsync("gemm/vllm/2.0", ("a", 1, 0.1));
        await _folder.WriteGemmAsync("gemm/vllm/1.0", ("a", 2, double.NaN));

        await AssertRefusedAsync(Parquet, "row 1, column 'latency' is NaN ms");
    }

    [Test]
    public async Task A_file_that_is_gone_is_named()
    {
        var path = Path.Combine(_folder.Root, "gone.parquet");

        var exception = await Assert.ThrowsAsync<PerformanceFileException>(async () => await TableFile.ReadAsync(path, CancellationToken.None));

        Assert.That(exception!.Message, Does.StartWith(path + ": cannot be read"));
    }

    [Test]
    public async Task A_long_cell_is_cut_in_the_message()
    {
        _folder.Write(AicFolder.Data(Text), "gemm_dtype,m,n,k,latency\na," + new string('9', 5000) + ",64,64,0.5\n");

        var exception = await Assert.ThrowsAsync<PerformanceFileException>(async () => await LoadAsync());

        Assert.That(exception!.Message, Does.Contain("999…'").And.Length.LessThan(500));
    }

    private static byte[] ZeroPages(byte[] file)
    {
        var damaged = file.ToArray();
        var footer = BitConverter.ToInt32(damaged, damaged.Length - 8);
        damaged.AsSpan(4, damaged.Length - 8 - footer - 4).Clear();
        return damaged;
    }

    private static byte[] Noise()
    {
        var bytes = new byte[4096];
        new Random(7).NextBytes(bytes);
        return bytes;
    }

    private static (string Name, Array Cells)[] GoodColumns() =>
    [
        ("gemm_dtype", new[] { "a", "a" }), ("m", new[] { 1L, 2L }), ("n", new[] { 64L, 64L }), ("k", new[] { 64L, 64L }),
        ("latency", new[] { 0.5, 0.75 }), ("power", new[] { 400.0, 450.0 }),
    ];

    private async Task AssertRefusedAsync(string file, params string[] parts)
    {
        var exception = await Assert.ThrowsAsync<PerformanceFileException>(async () => await LoadAsync());

        Assert.That(exception!.Path, Is.EqualTo(Path.Combine(_folder.Root, AicFolder.Data(file))));
        Assert.That(exception.Message, Does.StartWith(exception.Path + ": "));
        Assert.Multiple(() => Array.ForEach(parts, part => Assert.That(exception.Message, Does.Contain(part))));
    }

    private async Task<TableRows> LoadAsync()
    {
        var versions = await AicDatabase.ListVersionsAsync(_folder.Root, AicFolder.System, AicBackend.Vllm);
        var database = await _folder.OpenAsync(versions[^1]);
        return await database.LoadAsync(Query, CancellationToken.None);
    }

    private static TestCaseData File(string name, Func<byte[], byte[]> damage, params string[] parts) =>
        new TestCaseData(damage, parts).SetArgDisplayNames(name);

    private static TestCaseData Table(string name, string column, Array? cells, params string[] parts) =>
        new TestCaseData(column, cells, parts).SetArgDisplayNames(name);

    // Latin-1 where UTF-8 has no such character: a lone surrogate becomes a byte that no UTF-8 text has.
    private static TestCaseData TextFile(string name, string text, params string[] parts) =>
        new TestCaseData(text.Select(static c => c == '\uD800' ? (byte)0xFF : (byte)c).ToArray(), parts).SetArgDisplayNames(name);
}
