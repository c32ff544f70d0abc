using System.Buffers.Binary;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// The size that a compressed page claims of its content in its first bytes. A decompressor allocates that much before it looks at the rest,
/// so a damaged claim must be found before.
/// </summary>
internal static class CompressedPage
{
    private const int Snappy = 1;
    private const int Zstandard = 6;

    /// <summary>Bytes that the content claims to have; null where the codec writes no such claim, or what it wrote is not readable.</summary>
    /// <param name="codec">By the codes of Parquet's metadata.</param>
    /// <param name="page">The compressed bytes.</param>
    public static ulong? ClaimedBytes(int codec, ReadOnlySpan<byte> page) => codec switch
    {
        Snappy => SnappyBytes(page),
        Zstandard => ZstandardBytes(page),
        _ => null,
    };

    // A block begins with its length: seven bits a byte, lowest first (github.com/google/snappy, format_description.txt, section 1).
    private static ulong? SnappyBytes(ReadOnlySpan<byte> page)
    {
        ulong length = 0;
        for (var i = 0; i < Math.Min(page.Length, 5); i++)
        {
            length |= (ulong)(page[i] & 0x7F) << (7 * i);
            if (page[i] < 0x80)
            {
                return length;
            }
        }

        return null;
    }

    // Magic number, descriptor, window, dictionary, content size: the last three may be absent (RFC 8878, section 3.1.1.1).
    private static ulong? ZstandardBytes(ReadOnlySpan<byte> page)
    {
        if (page.Length < 5 || !page.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]))
        {
            return null;
        }

        var descriptor = page[4];
        var isSingleSegment = (descriptor & 0x20) != 0;
        var dictionaryBytes = (descriptor & 3) switch { 3 => 4, var code => code };
        var at = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
        var sizeBytes = (descriptor >> 6) switch { 0 => isSingleSegment ? 1 : 0, var code => 1 << code };
        if (sizeBytes == 0 || page.Length < at + sizeBytes)
        {
            return null;
        }

        var size = page.Slice(at, sizeBytes);
        return sizeBytes switch
        {
            1 => size[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(size) + 256UL,
            4 => BinaryPrimitives.ReadUInt32LittleEndian(size),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(size),
        };
    }
}
