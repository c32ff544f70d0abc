using System.Runtime.CompilerServices;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// Reads small numbers from Parquet's hybrid of runs and bit-packed groups (github.com/apache/parquet-format, Encodings.md, "RLE"). Each step takes a byte
/// at least and stays inside of them.
/// </summary>
internal ref struct PackedRuns
{
    private const int GroupSize = 8;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _bits;
    private int _at;

    /// <param name="bytes">The runs.</param>
    /// <param name="bits">Bits of a number, 0 to 32.</param>
    public PackedRuns(ReadOnlySpan<byte> bytes, int bits)
    {
        _bytes = bytes;
        _bits = bits is >= 0 and <= 32 ? bits : throw new InvalidDataException($"numbers of {bits} bits; allowed are 0 to 32");
    }

    /// <summary>Fills the numbers.</summary>
    /// <exception cref="InvalidDataException">There are fewer.</exception>
    // Runs once a row, mostly in the first load of a process, before the runtime could see that it is hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Read(scoped Span<int> numbers)
    {
        while (!numbers.IsEmpty)
        {
            var header = ReadHeader();
            var count = (int)Math.Min(header >> 1, int.MaxValue / GroupSize);
            if ((header & 1) == 0)
            {
                count = Math.Min(count, numbers.Length);
                var value = ReadValue();
                numbers[..count].Fill(value);
            }
            else
            {
                var taken = Math.Min(count * GroupSize, numbers.Length);
                Unpack(numbers[..taken]);
                _at = (int)Math.Min(_bytes.Length, _at + ((long)count * _bits));
                count = taken;
            }

            numbers = numbers[count..];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Unpack(scoped Span<int> numbers)
    {
        var (at, buffer, buffered) = (_at, 0UL, 0);
        var bytes = _bytes;
        var mask = (1UL << _bits) - 1;
        for (var i = 0; i < numbers.Length; i++)
        {
            for (; buffered < _bits; buffered += 8)
            {
                buffer |= (ulong)(at < bytes.Length ? bytes[at++] : throw TooShort()) << buffered;
            }

            numbers[i] = (int)(uint)(buffer & mask);
            buffer >>= _bits;
            buffered -= _bits;
        }
    }

    private ulong ReadHeader()
    {
        ulong header = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var next = _at < _bytes.Length ? _bytes[_at++] : throw TooShort();
            header |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return header;
            }
        }

        throw new InvalidDataException("the length of a run takes more than 5 bytes");
    }

    private int ReadValue()
    {
        uint value = 0;
        for (var shift = 0; shift < _bits; shift += 8)
        {
            value |= (uint)(_at < _bytes.Length ? _bytes[_at++] : throw TooShort()) << shift;
        }

        return (int)value;
    }

    private static InvalidDataException TooShort() => new("a page ends before its last number");
}
