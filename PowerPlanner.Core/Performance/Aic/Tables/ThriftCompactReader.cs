using System.Text;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// Walks a structure in Thrift's compact protocol, in which Parquet writes its metadata. Every step is bounded by the bytes that are left:
/// lengths and counts are checked before anything is allocated or looped over, nesting has a limit.
/// </summary>
internal ref struct ThriftCompactReader
{
    /// <summary>Parquet's deepest structures (statistics in column metadata in row groups) nest seven levels.</summary>
    private const int MaxDepth = 16;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;
    private int _depth;

    public ThriftCompactReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Bytes walked so far.</summary>
    public readonly int Position => _at;

    /// <summary>Enters a structure; field numbers start anew.</summary>
    public void BeginStruct()
    {
        if (++_depth > MaxDepth)
        {
            throw Damage($"structures nest more than {MaxDepth} levels deep");
        }
    }

    /// <summary>Moves to the next field of the current structure; false at its end, which also leaves it.</summary>
    /// <param name="field">In: the last field's number, 0 at the start. Out: this field's number.</param>
    public bool NextField(ref int field, out ThriftType type)
    {
        var header = ReadByte();
        type = (ThriftType)(header & 0x0F);
        if (header == 0)
        {
            _depth--;
            return false;
        }

        // A stop has no field number: where others read on, reading must not end.
        if (type == ThriftType.Stop)
        {
            throw Damage($"a field has the type of a structure's end, 0x{header:X2}");
        }

        field = header >> 4 is var delta and not 0 ? field + delta : checked((int)ReadInteger(short.MinValue, short.MaxValue));
        return type <= ThriftType.Struct ? true : throw Damage($"field {field} has the unknown type {(int)type}");
    }

    public int ReadInt32(ThriftType type)
    {
        Expect(type is ThriftType.Int32 or ThriftType.Int16 or ThriftType.Byte, type, "an integer");
        return type == ThriftType.Byte ? (sbyte)ReadByte() : (int)ReadInteger(int.MinValue, int.MaxValue);
    }

    public long ReadInt64(ThriftType type)
    {
        Expect(type is ThriftType.Int64 or ThriftType.Int32 or ThriftType.Int16, type, "an integer");
        return ReadInteger(long.MinValue, long.MaxValue);
    }

    public string ReadText(ThriftType type)
    {
        Expect(type == ThriftType.Binary, type, "a text");
        return Encoding.UTF8.GetString(Take(ReadLength(1)));
    }

    /// <summary>Enters a list and returns how many elements follow.</summary>
    public int BeginList(ThriftType type, out ThriftType elements)
    {
        Expect(type is ThriftType.List or ThriftType.Set, type, "a list");
        var header = ReadByte();
        elements = (ThriftType)(header & 0x0F);
        if (elements is ThriftType.Stop or > ThriftType.Struct)
        {
            throw Damage($"a list holds elements of the unknown type {(int)elements}");
        }

        // No element is shorter than a byte.
        var count = header >> 4;
        return count < 15 ? Bounded((uint)count, 1) : ReadLength(1);
    }

    /// <summary>Passes over a field's value.</summary>
    public void Skip(ThriftType type) => Skip(type, inList: false);

    private void Skip(ThriftType type, bool inList)
    {
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                // As a field, a boolean is in its type; as an element it has a byte.
                if (inList)
                {
                    ReadByte();
                }

                break;
            case ThriftType.Byte:
                ReadByte();
                break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                ReadInteger(long.MinValue, long.MaxValue);
                break;
            case ThriftType.Double:
                Take(sizeof(double));
                break;
            case ThriftType.Binary:
                Take(ReadLength(1));
                break;
            case ThriftType.List or ThriftType.Set:
                SkipList(type);
                break;
            case ThriftType.Map:
                SkipMap();
                break;
            case ThriftType.Struct:
                BeginStruct();
                for (var field = 0; NextField(ref field, out var inner);)
                {
                    Skip(inner, inList: false);
                }

                break;
            default:
                throw Damage($"a value has the unknown type {(int)type}");
        }
    }

    private void SkipList(ThriftType type)
    {
        BeginStruct();
        for (var left = BeginList(type, out var elements); left > 0; left--)
        {
            Skip(elements, inList: true);
        }

        _depth--;
    }

    private void SkipMap()
    {
        BeginStruct();
        var count = ReadLength(2);
        if (count > 0)
        {
            var types = ReadByte();
            for (; count > 0; count--)
            {
                Skip((ThriftType)(types >> 4), inList: true);
                Skip((ThriftType)(types & 0x0F), inList: true);
            }
        }

        _depth--;
    }

    private byte ReadByte() => Take(1)[0];

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Damage("an integer takes more than 10 bytes");
    }

    private long ReadInteger(long minimum, long maximum)
    {
        var zigzag = ReadVarint();
        var value = (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
        return value >= minimum && value <= maximum ? value : throw Damage($"the integer {value} is outside of {minimum} to {maximum}");
    }

    private int ReadLength(int bytesPerElement) => Bounded(ReadVarint(), bytesPerElement);

    private readonly int Bounded(ulong count, int bytesPerElement)
    {
        var left = (ulong)(_bytes.Length - _at);
        return count <= left / (ulong)bytesPerElement ? (int)count : throw Damage($"a length or count of {count} with {left} bytes left");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at)
        {
            throw Damage($"it ends {count - (_bytes.Length - _at)} bytes early");
        }

        _at += count;
        return _bytes.Slice(_at - count, count);
    }

    private readonly void Expect(bool fits, ThriftType type, string wanted)
    {
        if (!fits)
        {
            throw Damage($"{wanted} is expected, not {type}");
        }
    }

    private readonly InvalidDataException Damage(string what) => new($"metadata byte {_at}: {what}");
}
