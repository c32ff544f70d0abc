namespace PowerPlanner.Planning.Search;

/// <summary>Exact arithmetic of replica counts.</summary>
internal static class Replicas
{
    /// <summary>Throughputs within this relative distance are equal; counts and targets favour equality by it.</summary>
    public const double RelativeTolerance = 1e-12;

    // Beyond any replica limit (an int), and small enough that GPUs of two roles still fit 64 bits.
    private const long Countless = 1L << 31;

    /// <summary>The throughput from which on another is equal or better.</summary>
    public static double Floor(double throughput) => throughput * (1 - RelativeTolerance);

    /// <summary>The smallest n ≥ <paramref name="minimum"/> with n · rate ≥ <paramref name="floor"/>.</summary>
    public static long Reaching(double floor, double rate, int minimum)
    {
        var quotient = floor / rate;
        if (!(quotient < Countless))
        {
            return Countless;
        }

        // A quotient below 2^31 is rounded by far less than a replica: it is never one too many.
        var count = Math.Max(minimum, (long)quotient);
        while (count * rate < floor)
        {
            count++;
        }

        return count;
    }

    /// <summary>The smallest n ≥ <paramref name="minimum"/> with n · rate &gt; <paramref name="throughput"/>.</summary>
    public static long Exceeding(double throughput, double rate, int minimum)
    {
        var quotient = throughput / rate;
        if (!(quotient < Countless))
        {
            return Countless;
        }

        var count = Math.Max(minimum, (long)quotient);
        while (count * rate <= throughput)
        {
            count++;
        }

        return count;
    }

    /// <summary>Watts of some replicas; <see cref="long.MaxValue"/> where 64 bits do not hold them.</summary>
    public static long Watts(long replicas, long replicaWatts)
    {
        var high = Math.BigMul(replicas, replicaWatts, out var low);
        return high == 0 && low >= 0 ? low : long.MaxValue;
    }

    /// <summary>A sum of two non-negative numbers that stops at <see cref="long.MaxValue"/>.</summary>
    public static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;
}
