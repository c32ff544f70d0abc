using System.Buffers.Binary;
using Parquet;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Damage that a look at the metadata must find, because what is behind that look would hang on it, allocate for it, or lose its place.</summary>
internal sealed class ParquetLayoutTests
{
    private const int FooterTail = 8;

    // A structure's end is 0x00; this is a field whose type is that of an end.
    [Test]
    public async Task A_footer_without_an_end_is_refused() =>
        AssertRefused(await SampleAsync(), static file => file[^(FooterTail + 1)] = 0x10, "0x10");

    [Test]
    public async Task A_field_of_another_type_than_Parquet_gives_it_is_refused() =>
        AssertRefused(await SampleAsync(), static file => Footer(file)[0] = 0x16, "field 1 is Int64, not Int32");

    [Test]
    public async Task A_list_of_other_elements_than_Parquet_gives_it_is_refused() =>
        AssertRefused(await SampleAsync(), static file => Footer(file)[3] = 0x38, "the list in field 2 holds Binary, not Struct");

    [Test]
    public async Task A_column_type_that_does_not_exist_is_refused() =>
        AssertRefused(await SampleAsync(), static file => Footer(file)[Footer(file).IndexOf("latency"u8) - 5] = 40, "'latency' (20)");

    [TestCase(0u, "metadata byte 0")]
    [TestCase(1u, "no schema")]
    [TestCase(2u, "metadata byte")]
    public async Task A_footer_of_next_to_nothing_is_refused(uint length, string message) =>
        AssertRefused(await SampleAsync(), file => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(file.Length - FooterTail), length), message);

    [TestCase(uint.MaxValue)]
    [TestCase(0x8000_0000u)]
    [TestCase(100_000u)]
    public async Task A_footer_longer_than_the_file_is_refused(uint length) =>
        AssertRefused(await SampleAsync(), file => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(file.Length - FooterTail), length), $"the footer's length is {length} bytes");

    [Test]
    public async Task A_page_that_claims_more_content_than_it_announces_is_refused([Values(CompressionMethod.Snappy, CompressionMethod.Zstd)] CompressionMethod compression)
    {
        var file = await SampleAsync(compression);
        var chunk = ParquetLayout.Read(file).RowGroups[0].Chunks[0];
        var content = compression == CompressionMethod.Snappy ? FirstSnappyByte(file, chunk) : file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) + 5;

        file[content] = compression == CompressionMethod.Snappy ? (byte)0x7F : (byte)0xFF;

        Assert.That(() => ParquetLayout.ReadPages(file, chunk), Throws.TypeOf<InvalidDataException>().With.Message.Contains("claims to have"));
    }

    [Test]
    public void Claims_of_a_compressed_page_are_read_in_all_their_sizes()
    {
        Assert.Multiple(() =>
        {
            Assert.That(CompressedPage.ClaimedBytes(1, [0x40]), Is.EqualTo(64));
            Assert.That(CompressedPage.ClaimedBytes(1, [0xFE, 0xFF, 0x7F]), Is.EqualTo(2097150));
            Assert.That(CompressedPage.ClaimedBytes(1, [0xFE, 0xFF]), Is.Null);
            Assert.That(CompressedPage.ClaimedBytes(6, [0x28, 0xB5, 0x2F, 0xFD, 0x20, 9]), Is.EqualTo(9));
            Assert.That(CompressedPage.ClaimedBytes(6, [0x28, 0xB5, 0x2F, 0xFD, 0x60, 1, 0]), Is.EqualTo(257));
            Assert.That(CompressedPage.ClaimedBytes(6, [0x28, 0xB5, 0x2F, 0xFD, 0x80, 0, 0, 0, 0, 1]), Is.EqualTo(1 << 24));
            Assert.That(CompressedPage.ClaimedBytes(6, [0x28, 0xB5, 0x2F, 0xFD, 0xC3, 0, 7, 7, 7, 7, 0, 0, 0, 0, 0, 0, 0, 1]), Is.EqualTo(1UL << 56));
            Assert.That(CompressedPage.ClaimedBytes(6, [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0]), Is.Null);
            Assert.That(CompressedPage.ClaimedBytes(2, [0x1F, 0x8B]), Is.Null);
        });
    }

    private static void AssertRefused(byte[] file, Action<byte[]> damage, string message)
    {
        damage(file);

        Assert.That(() => ParquetLayout.Read(file), Throws.TypeOf<InvalidDataException>().With.Message.Contains(message));
    }

    private static Span<byte> Footer(byte[] file)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(file.Length - FooterTail));
        return file.AsSpan(file.Length - FooterTail - length, length);
    }

    // The page's header ends where its compressed bytes, which end the column, begin.
    private static int FirstSnappyByte(byte[] file, ParquetChunk chunk)
    {
        var reader = new ThriftCompactReader(file.AsSpan((int)chunk.Start));
        ParquetShapes.PageHeader.Check(ref reader);
        return (int)chunk.Start + reader.Position;
    }

    private static Task<byte[]> SampleAsync(CompressionMethod compression = CompressionMethod.None) =>
        TestParquet.ToBytesAsync(compression, int.MaxValue, ("m", new[] { 1L, 2L }), ("latency", new[] { 0.1, 0.2 }));
}
