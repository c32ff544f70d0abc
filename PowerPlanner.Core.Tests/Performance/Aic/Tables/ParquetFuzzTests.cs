using System.Buffers.Binary;
using Parquet;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Parquet files with damage of all kinds that disks, networks and people do.</summary>
internal sealed class ParquetFuzzTests
{
    private const string Table = "gemm/vllm/1.0/gemm_perf.parquet";
    private const int Rows = 12;

    private static readonly TableQuery Query = new("gemm_perf", ["gemm_dtype"], [new("m"), new("n"), new("k")], []);

    private AicFolder _folder = null!;
    private AicDatabase _database = null!;
    private byte[][] _samples = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _folder = new AicFolder();
        _samples =
        [
            await SampleAsync(CompressionMethod.None, int.MaxValue),
            await SampleAsync(CompressionMethod.None, 4),
            await SampleAsync(CompressionMethod.Snappy, int.MaxValue),
            await SampleAsync(CompressionMethod.Zstd, 5),
            await SampleAsync(CompressionMethod.Gzip, int.MaxValue),
        ];
        _folder.Write(AicFolder.Data(Table), _samples[0]);
        _database = await _folder.OpenAsync("1.0");
    }

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [TestCase("anywhere", 10_000_000, 2500)]
    [TestCase("in the footer", 20_000_000, 2500)]
    [TestCase("in the pages", 30_000_000, 1500)]
    [TestCase("of its shape", 40_000_000, 1500)]
    public async Task A_damaged_file_is_a_table_or_a_file_exception(string where, int firstSeed, int cases)
    {
        var run = new FuzzRun<byte[]>
        {
            FirstSeed = firstSeed,
            Cases = cases,
            Damage = random => Damaged(where, random),
            Read = ReadAsync,
            Show = Convert.ToBase64String,
            MostBytes = 8 << 20,
        };

        var understood = await run.RunAsync();

        // Neither all refused nor all accepted: the damage reaches what is behind the first check.
        Assert.That(understood, Is.InRange(1, cases - (cases / 4)));
    }

    private async ValueTask ReadAsync(byte[] file)
    {
        _folder.Write(AicFolder.Data(Table), file);

        var rows = await _database.LoadAsync(Query, CancellationToken.None);

        if (rows.LatencyMs.Any(static ms => !(ms >= 0 && double.IsFinite(ms))) || rows.PowerWatts.Any(static w => !(w >= 0 && double.IsFinite(w))))
        {
            throw new InvalidOperationException("A measurement that cannot be was accepted.");
        }

        if (rows.PowerWatts.Length != rows.Count || rows.Integers("m").Length != rows.Count || rows.Text("gemm_dtype").Any(static text => text is null))
        {
            throw new InvalidOperationException("Columns of different lengths, or a text that is null.");
        }
    }

    private byte[] Damaged(string where, Random random)
    {
        var sample = _samples[random.Next(_samples.Length)];
        var footer = sample.Length - 8 - BinaryPrimitives.ReadInt32LittleEndian(sample.AsSpan(sample.Length - 8));
        return where switch
        {
            "anywhere" => Bytes(sample, 0, sample.Length, random),
            "in the footer" => Bytes(sample, footer, sample.Length, random),
            "in the pages" => Bytes(sample, 4, footer, random),
            _ => Reshaped(sample, footer, random),
        };
    }

    /// <summary>Bits and bytes of a range; the length stays.</summary>
    private static byte[] Bytes(byte[] sample, int from, int to, Random random)
    {
        var file = sample.ToArray();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(from, to);
            var length = Math.Min(random.Next(1, 9), to - at);
            switch (random.Next(6))
            {
                case 0:
                    random.NextBytes(file.AsSpan(at, length));
                    break;
                case 1:
                    file.AsSpan(at, length).Fill((byte)(random.Next(2) * 255));
                    break;
                case 2:
                    file[at] = (byte)(file[at] + random.Next(-2, 3));
                    break;
                case 3:
                    // The largest of all variable-length integers, where there was a smaller one.
                    file.AsSpan(at, length).Fill(0xFF);
                    file[at + length - 1] = 0x0F;
                    break;
                default:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return file;
    }

    /// <summary>Pieces cut off, cut out, put in, doubled, or of another file; lengths that lie.</summary>
    private byte[] Reshaped(byte[] sample, int footer, Random random)
    {
        var at = random.Next(sample.Length + 1);
        var length = random.Next(Math.Min(64, sample.Length - at + 1));
        var other = _samples[random.Next(_samples.Length)];
        var piece = new byte[random.Next(1, 16)];
        random.NextBytes(piece);
        return random.Next(8) switch
        {
            0 => sample[..at],
            1 => sample[at..],
            2 => [.. sample[..at], .. sample[(at + length)..]],
            3 => [.. sample[..at], .. piece, .. sample[at..]],
            4 => [.. sample[..(at + length)], .. sample[at..]],
            5 => [.. sample[..at], .. other[Math.Min(at, other.Length)..]],
            6 => [.. sample[..footer], .. other[^Math.Min(other.Length, sample.Length - footer)..]],
            _ => WithFooterLength(sample, random.Next(4) == 0 ? (uint)random.NextInt64(1L << 32) : (uint)random.Next(sample.Length)),
        };
    }

    private static byte[] WithFooterLength(byte[] sample, uint length)
    {
        var file = sample.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(file.Length - 8), length);
        return file;
    }

    private static Task<byte[]> SampleAsync(CompressionMethod compression, int rowsPerGroup) => TestParquet.ToBytesAsync(
        compression,
        rowsPerGroup,
        ("gemm_dtype", Enumerable.Range(0, Rows).Select(static i => i % 3 == 0 ? "fp8" : "bfloat16").ToArray()),
        ("m", Enumerable.Range(0, Rows).Select(static i => (long)i + 1).ToArray()),
        ("n", Enumerable.Range(0, Rows).Select(static i => (long?)(i % 2) + 64).ToArray()),
        ("k", Enumerable.Repeat(64L, Rows).ToArray()),
        ("latency", Enumerable.Range(0, Rows).Select(static i => 0.1 + i).ToArray()),
        ("power", Enumerable.Range(0, Rows).Select(static i => i % 4 == 0 ? null : (double?)(400 + i)).ToArray()));
}
