using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace PowerPlanner.Performance.Aic.Snapshots;

/// <summary>Appends values to a snapshot's payload: little-endian on every machine, texts in UTF-8 behind their length.</summary>
internal sealed class SnapshotWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    public void Byte(byte value) => _bytes.Write([value]);

    public void Integer(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.GetSpan(sizeof(int)), value);
        _bytes.Advance(sizeof(int));
    }

    public void Long(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.GetSpan(sizeof(long)), value);
        _bytes.Advance(sizeof(long));
    }

    public void Real(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_bytes.GetSpan(sizeof(double)), value);
        _bytes.Advance(sizeof(double));
    }

    public void Text(string value) => Block(Encoding.UTF8.GetBytes(value));

    /// <summary>Bytes behind their length.</summary>
    public void Block(ReadOnlySpan<byte> value)
    {
        Integer(value.Length);
        _bytes.Write(value);
    }

    /// <summary>Bytes of a length that the reader knows.</summary>
    public void Fixed(ReadOnlySpan<byte> value) => _bytes.Write(value);

    public void OptionalReal(double? value)
    {
        Byte(value is null ? (byte)0 : (byte)1);
        if (value is { } given)
        {
            Real(given);
        }
    }

    public void OptionalInteger(int? value)
    {
        Byte(value is null ? (byte)0 : (byte)1);
        if (value is { } given)
        {
            Integer(given);
        }
    }

    public void OptionalText(string? value)
    {
        Byte(value is null ? (byte)0 : (byte)1);
        if (value is not null)
        {
            Text(value);
        }
    }

    /// <summary>Integers at the least width that holds them all, of 1, 2, 4 and 8 bytes; their number is the reader's to know.</summary>
    public void Longs(ReadOnlySpan<long> values)
    {
        var width = 1;
        foreach (var value in values)
        {
            var needed = value == (sbyte)value ? 1 : value == (short)value ? 2 : value == (int)value ? 4 : 8;
            width = Math.Max(width, needed);
        }

        Byte((byte)width);
        Span<byte> eight = stackalloc byte[sizeof(long)];
        foreach (var value in values)
        {
            // Two's complement: the low bytes of a small number are the number.
            BinaryPrimitives.WriteInt64LittleEndian(eight, value);
            _bytes.Write(eight[..width]);
        }
    }

    public void Reals(ReadOnlySpan<double> values)
    {
        foreach (var value in values)
        {
            Real(value);
        }
    }
}
