using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PowerPlanner.Performance.Aic.Snapshots;

/// <summary>
/// Reads a snapshot's payload. Every length is compared with the bytes that are left before anything is allocated for it, so that a damaged
/// file of n bytes never costs more than some multiple of n.
/// </summary>
/// <param name="path">The file, for messages.</param>
/// <param name="bytes">The payload.</param>
internal ref struct SnapshotReader(string path, ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public readonly int Position => _at;

    public readonly ReadOnlySpan<byte> Since(int position) => _bytes[position.._at];

    public byte Byte(string what) => Take(1, what)[0];

    public int Integer(string what) => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int), what));

    public int PositiveInteger(string what) => Integer(what) is > 0 and var value ? value : throw Unfit(what, "not above 0", "1 or more");

    public long Long(string what) => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long), what));

    /// <summary>A finite real, 0 or greater.</summary>
    public double NotNegative(string what)
    {
        var value = BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double), what));
        return value >= 0 && double.IsFinite(value) ? value : throw Unfit(what, Shown(value), "a finite number >= 0");
    }

    /// <summary>A finite real greater than 0.</summary>
    public double Positive(string what) => NotNegative(what) is > 0 and var value ? value : throw Unfit(what, "0", "a finite number > 0");

    public double? OptionalPositive(string what) => Flag(what) ? Positive(what) : null;

    public int? OptionalPositiveInteger(string what) => Flag(what) ? PositiveInteger(what) : null;

    public string? OptionalText(string what) => Flag(what) ? Text(what) : null;

    public bool Flag(string what) => Byte(what) switch
    {
        0 => false,
        1 => true,
        var other => throw Unfit(what, Shown(other), "0 or 1"),
    };

    /// <summary>How many things follow.</summary>
    /// <param name="leastBytes">Bytes that each of them takes at least.</param>
    public int Count(int leastBytes, string what)
    {
        var count = Integer(what);
        var most = (_bytes.Length - _at) / leastBytes;
        return count >= 0 && count <= most
            ? count
            : throw Unfit(what, Shown(count), string.Create(CultureInfo.InvariantCulture, $"from 0 to {most}, as many as the remaining bytes hold"));
    }

    public ReadOnlySpan<byte> Block(string what) => Take(Count(1, what), what);

    public ReadOnlySpan<byte> Fixed(int length, string what) => Take(length, what);

    public string Text(string what)
    {
        var utf8 = Block(what);
        try
        {
            return StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException e)
        {
            throw new PerformanceFileException(path, $"{what} is no UTF-8 text.", e);
        }
    }

    public string[] Texts(string what)
    {
        var texts = new string[Count(sizeof(int), what)];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = Text(what);
        }

        return texts;
    }

    public long[] Longs(int count, string what)
    {
        int width = Byte(what);
        if (width is not (1 or 2 or 4 or 8))
        {
            throw Unfit(what, string.Create(CultureInfo.InvariantCulture, $"{width} bytes an integer"), "1, 2, 4 or 8");
        }

        var cells = Take((long)count * width, what);
        var values = new long[count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = width switch
            {
                1 => (sbyte)cells[i],
                2 => BinaryPrimitives.ReadInt16LittleEndian(cells[(2 * i)..]),
                4 => BinaryPrimitives.ReadInt32LittleEndian(cells[(4 * i)..]),
                _ => BinaryPrimitives.ReadInt64LittleEndian(cells[(8 * i)..]),
            };
        }

        return values;
    }

    /// <summary>Finite reals, 0 or greater.</summary>
    public double[] NotNegatives(int count, string what)
    {
        var cells = Take((long)count * sizeof(double), what);
        var values = new double[count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadDoubleLittleEndian(cells[(sizeof(double) * i)..]);
            if (!(values[i] >= 0 && double.IsFinite(values[i])))
            {
                throw Unfit(string.Create(CultureInfo.InvariantCulture, $"row {i} of {what}"), Shown(values[i]), "a finite number >= 0");
            }
        }

        return values;
    }

    public readonly void End()
    {
        if (_at != _bytes.Length)
        {
            throw Unfit("end", string.Create(CultureInfo.InvariantCulture, $"{_bytes.Length - _at} bytes are left over"), "none");
        }
    }

    public readonly PerformanceFileException Unfit(string what, string value, string allowed) =>
        new(path, string.Create(CultureInfo.InvariantCulture, $"byte {_at} of the payload, {what}: {value}; allowed: {allowed}."));

    private static string Shown(double value) => value.ToString(CultureInfo.InvariantCulture);

    private ReadOnlySpan<byte> Take(long length, string what)
    {
        if (length > _bytes.Length - _at)
        {
            throw Unfit(what, string.Create(CultureInfo.InvariantCulture, $"takes {length} bytes"), string.Create(CultureInfo.InvariantCulture, $"the {_bytes.Length - _at} that are left"));
        }

        var taken = _bytes.Slice(_at, (int)length);
        _at += (int)length;
        return taken;
    }
}
