using System.Runtime.CompilerServices;

namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Finds the last of some ascending positive keys that is not above a value. The leading bits of a double (exponent and four bits of
/// mantissa: sixteenths of an octave) say where to start, so that a search is one look-up and, as measured keys lie far apart, hardly a
/// step more.
/// </summary>
internal sealed class KeyIndex
{
    private const int Shift = 52 - 4;

    private readonly double[] _keys;
    private readonly int[] _first;
    private readonly long _base;

    /// <param name="keys">Strictly ascending, finite, above 0; at least one.</param>
    public KeyIndex(ReadOnlySpan<double> keys)
    {
        // The closing infinity ends every scan.
        _keys = [.. keys, double.PositiveInfinity];
        _base = Bucket(keys[0]);
        _first = new int[Bucket(keys[^1]) - _base + 1];
        var key = 0;
        for (var bucket = 0; bucket < _first.Length; bucket++)
        {
            var lowest = BitConverter.Int64BitsToDouble((_base + bucket) << Shift);
            while (_keys[key + 1] <= lowest)
            {
                key++;
            }

            _first[bucket] = key;
        }
    }

    public int Count => _keys.Length - 1;

    public ReadOnlySpan<double> Keys => _keys.AsSpan(0, Count);

    public double this[int index] => _keys[index];

    /// <summary>Index of the last key that is not above <paramref name="value"/>; −1 where all are, or where it is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(double value)
    {
        var keys = _keys;
        if (!(value >= keys[0]))
        {
            return -1;
        }

        var first = _first;
        var bucket = Bucket(value) - _base;
        var index = first[(int)Math.Min(bucket, first.Length - 1)];
        while (keys[index + 1] <= value)
        {
            index++;
        }

        return index;
    }

    private static long Bucket(double value) => BitConverter.DoubleToInt64Bits(value) >> Shift;
}
