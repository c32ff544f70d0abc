using Parquet;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Columns written by Parquet.Net and decoded by our own hand, cell by cell.</summary>
internal sealed class ColumnPagesTests
{
    private const int Rows = 1000;

    [Test]
    public async Task Columns_of_few_and_of_many_values_are_read(
        [Values(CompressionMethod.None, CompressionMethod.Snappy, CompressionMethod.Zstd)] CompressionMethod compression, [Values(1, 3, 300, Rows)] int distinct)
    {
        var texts = Cells(row => $"text ä {row * 7 % distinct}");
        var integers = Cells(row => (row * 7L % distinct) - 5);
        var reals = Cells(row => 0.1 * (row * 7 % distinct));
        var file = await TestParquet.ToBytesAsync(compression, 400, ("texts", texts), ("integers", integers), ("reals", reals));

        Assert.Multiple(() =>
        {
            Assert.That(Texts(file, 0).Cells, Is.EqualTo(texts));
            Assert.That(Numbers<long>(file, 1).Cells, Is.EqualTo(integers));
            Assert.That(Numbers<double>(file, 2).Cells, Is.EqualTo(reals));
        });
    }

    [Test]
    public async Task Values_between_nulls_keep_their_rows([Values(CompressionMethod.None, CompressionMethod.Snappy, CompressionMethod.Zstd)] CompressionMethod compression)
    {
        var texts = Cells(row => row % 3 == 0 ? null : $"text {row % 5}");
        var integers = Cells(row => row is < 20 or > 900 ? (long?)null : row);
        var reals = Cells(row => row % 100 == 7 ? 1.5 * row : (double?)null);
        var file = await TestParquet.ToBytesAsync(compression, 300, ("texts", texts), ("integers", integers), ("reals", reals));

        var (readTexts, readIntegers, readReals) = (Texts(file, 0), Numbers<long>(file, 1), Numbers<double>(file, 2));

        Assert.Multiple(() =>
        {
            Assert.That(readTexts.Cells.Zip(readTexts.Levels, static (cell, level) => level == 1 ? cell : null), Is.EqualTo(texts));
            Assert.That(readIntegers.Cells.Zip(readIntegers.Levels, static (cell, level) => level == 1 ? cell : (long?)null), Is.EqualTo(integers));
            Assert.That(readReals.Cells.Zip(readReals.Levels, static (cell, level) => level == 1 ? cell : (double?)null), Is.EqualTo(reals));
        });
    }

    [Test]
    public async Task A_compression_that_no_table_of_AIC_has_is_left_to_Parquet_Net()
    {
        var file = await TestParquet.ToBytesAsync(CompressionMethod.Gzip, Rows, ("integers", Cells(static row => (long)row)));

        Assert.That(IsKnown(file, 0), Is.False);
    }

    [Test]
    public async Task Times_are_no_plain_integers()
    {
        var schema = new Parquet.Schema.ParquetSchema(new Parquet.Schema.DataField("at", typeof(DateTime), isNullable: false));
        using var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, stream))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync<DateTime>(schema.DataFields[0], new[] { DateTime.UnixEpoch });
        }

        Assert.That(ParquetLayout.Read(stream.ToArray()).Columns[0].IsPlain, Is.False);
    }

    [TestCase(0, "entry 9 of a dictionary of 3")]
    [TestCase(1, "12 bytes of levels")]
    [TestCase(2, "a page has no values")]
    [TestCase(3, "a text is longer")]
    public void Damage_within_a_page_is_refused(int which, string message)
    {
        // Three texts of one letter, then a page of marks (a run of two) and of two entries' numbers (a run as well).
        byte[] dictionary = which == 3 ? [1, 0, 0, 0, 97, 9, 0, 0, 0, 98] : [1, 0, 0, 0, 97, 1, 0, 0, 0, 98, 1, 0, 0, 0, 99];
        byte[] data = which switch
        {
            0 => [2, 0, 0, 0, 4, 1, 4, 4, 9],
            1 => [12, 0, 0, 0, 4, 1, 4, 4, 2],
            2 => [2, 0, 0, 0, 4, 1],
            _ => [2, 0, 0, 0, 4, 1, 4, 4, 2],
        };
        List<ParquetPage> pages =
        [
            new() { Kind = ParquetPageKind.Dictionary, Values = 3, Start = 0, CompressedBytes = dictionary.Length, Bytes = dictionary.Length },
            new()
            {
                Kind = ParquetPageKind.Data, Values = 2, Start = dictionary.Length, CompressedBytes = data.Length, Bytes = data.Length,
                Encoding = ParquetEncoding.RunLengthDictionary, LevelEncoding = ParquetEncoding.RunLength,
            },
        ];

        Assert.That(
            () => new ColumnPages([.. dictionary, .. data], pages, codec: 0, isNullable: true).ReadTexts(new int[2], new int[2], new TextPool()),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(message));
    }

    private static T[] Cells<T>(Func<int, T> cell) => [.. Enumerable.Range(0, Rows).Select(cell)];

    private static bool IsKnown(byte[] file, int column)
    {
        var chunk = ParquetLayout.Read(file).RowGroups[0].Chunks[column];
        return new ColumnPages(file, ParquetLayout.ReadPages(file, chunk), chunk.Codec, isNullable: false).IsKnown;
    }

    private static (List<string> Cells, List<int> Levels) Texts(byte[] file, int column)
    {
        var pool = new TextPool();
        var (cells, levels) = Read(file, column, (ColumnPages pages, int[] cells, int[] levels) => pages.ReadTexts(cells, levels, pool));
        return (cells.ConvertAll(cell => pool.Count > cell ? pool[cell] : ""), levels);
    }

    private static (List<T> Cells, List<int> Levels) Numbers<T>(byte[] file, int column)
        where T : unmanaged =>
        Read(file, column, static (ColumnPages pages, T[] cells, int[] levels) => pages.ReadNumbers<T>(cells, levels));

    private delegate void Reader<T>(ColumnPages pages, T[] cells, int[] levels);

    private static (List<T> Cells, List<int> Levels) Read<T>(byte[] file, int column, Reader<T> read)
    {
        var layout = ParquetLayout.Read(file);
        var isNullable = layout.Columns[column].Repetition == ParquetRepetition.Optional;
        var (all, allLevels) = (new List<T>(), new List<int>());
        foreach (var group in layout.RowGroups)
        {
            var (cells, levels) = (new T[group.Rows], new int[isNullable ? group.Rows : 0]);
            var pages = new ColumnPages(file, ParquetLayout.ReadPages(file, group.Chunks[column]), group.Chunks[column].Codec, isNullable);
            Assert.That(pages.IsKnown && layout.Columns[column].IsPlain, Is.True);
            read(pages, cells, levels);
            all.AddRange(cells);
            allLevels.AddRange(levels);
        }

        return (all, allLevels);
    }
}
