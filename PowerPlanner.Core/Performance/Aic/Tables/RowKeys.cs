using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>The keys of the rows taken so far: the first row to claim a key wins (specification 1.6). An open-addressed set of tuples of integers.</summary>
internal sealed class RowKeys : IDisposable
{
    private readonly int _width;
    private long[] _keys;
    private int[] _slots;
    private int _count;

    /// <param name="width">Integers in a key.</param>
    public RowKeys(int width)
    {
        _width = width;
        _keys = ArrayPool<long>.Shared.Rent(Math.Max(1, 1024 * width));
        _slots = RentSlots(2048);
    }

    /// <summary>Adds a key.</summary>
    /// <returns>False where it has been claimed.</returns>
    // Runs once a row, mostly in the first load of a process, when the runtime has not yet seen that it is hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Add(ReadOnlySpan<long> key)
    {
        Debug.Assert(key.Length == _width);
        var mask = _slots.Length - 1;
        for (var slot = (int)Hash(key) & mask; ; slot = (slot + 1) & mask)
        {
            var row = _slots[slot] - 1;
            if (row < 0)
            {
                _slots[slot] = Append(key) + 1;
                if (_count * 2 > _slots.Length)
                {
                    Grow();
                }

                return true;
            }

            if (_keys.AsSpan(row * _width, _width).SequenceEqual(key))
            {
                return false;
            }
        }
    }

    public void Dispose()
    {
        ArrayPool<long>.Shared.Return(_keys);
        ArrayPool<int>.Shared.Return(_slots);
        (_keys, _slots) = ([], []);
    }

    private int Append(ReadOnlySpan<long> key)
    {
        var at = _count * _width;
        if (at + _width > _keys.Length)
        {
            var larger = ArrayPool<long>.Shared.Rent(checked(2 * _keys.Length));
            _keys.AsSpan(0, at).CopyTo(larger);
            ArrayPool<long>.Shared.Return(_keys);
            _keys = larger;
        }

        key.CopyTo(_keys.AsSpan(at));
        return _count++;
    }

    private void Grow()
    {
        var larger = RentSlots(2 * _slots.Length);
        var mask = larger.Length - 1;
        for (var row = 0; row < _count; row++)
        {
            var slot = (int)Hash(_keys.AsSpan(row * _width, _width)) & mask;
            while (larger[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            larger[slot] = row + 1;
        }

        ArrayPool<int>.Shared.Return(_slots);
        _slots = larger;
    }

    // The pool lends powers of two from 16 up, which the mask needs.
    private static int[] RentSlots(int count)
    {
        var slots = ArrayPool<int>.Shared.Rent(count);
        Debug.Assert(int.IsPow2(slots.Length));
        Array.Clear(slots);
        return slots;
    }

    // Multiplication by the golden ratio's bits spreads sizes, which are multiples of powers of two, over the upper bits; the shift brings them down.
    private static ulong Hash(ReadOnlySpan<long> key)
    {
        var hash = 0ul;
        foreach (var part in key)
        {
            hash = (hash ^ (ulong)part) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 32;
        }

        return hash;
    }
}
