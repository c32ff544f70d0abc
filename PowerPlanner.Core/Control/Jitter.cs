using System.Runtime.InteropServices;

namespace PowerPlanner.Control;

/// <summary>
/// Spreads in time what would else happen at one instant, by a hash instead of by chance: the same names and numbers give the same share, in
/// every run and every process, so that simulations and replays stay what they are.
/// </summary>
internal static class Jitter
{
    // FNV-1a with 64 bits (Fowler, Noll, Vo), over the bytes of the names and numbers.
    private const ulong Basis = 14_695_981_039_346_656_037;
    private const ulong Prime = 1_099_511_628_211;

    /// <summary>A share of some time.</summary>
    /// <param name="first">A name.</param>
    /// <param name="second">Another name.</param>
    /// <param name="number">A number, of a generation for instance.</param>
    /// <param name="instant">Ticks of an instant; 0 where the share is to be the same at all times.</param>
    /// <returns>In [0, 1).</returns>
    public static double Share(string first, string second, long number = 0, long instant = 0)
    {
        // The lengths keep two names from running into each other.
        ReadOnlySpan<long> numbers = [first.Length, second.Length, number, instant];
        var hash = Add(Basis, MemoryMarshal.AsBytes(numbers));
        hash = Add(hash, MemoryMarshal.AsBytes(first.AsSpan()));
        hash = Add(hash, MemoryMarshal.AsBytes(second.AsSpan()));

        // The finalizer of SplitMix64 (Steele, Lea and Flood 2014): names that differ in their last letter alone are far apart after it.
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        hash ^= hash >> 31;
        return (hash >> 11) * (1.0 / (1UL << 53));
    }

    private static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            hash = (hash ^ value) * Prime;
        }

        return hash;
    }
}
