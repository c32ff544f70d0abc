using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>Points at which evaluators are compared.</summary>
internal static class RandomSteps
{
    /// <summary>Short and long, small and large, measured sizes and odd ones, up to far outside the tables.</summary>
    public static ContextShape Context(Random random)
    {
        var length = Size(random, 200_000);
        var prefix = random.Next(3) == 0 ? random.NextInt64(length) : 0;
        return new ContextShape(Size(random, 1_500), length - prefix, prefix);
    }

    public static GenerationShape Generation(Random random) => new(Size(random, 5_000), Size(random, 400_000));

    /// <summary>Log-uniform; every other one a power of two, where tables have their keys.</summary>
    private static long Size(Random random, long largest)
    {
        var octaves = random.NextDouble() * Math.Log2(largest);
        return (long)Math.Pow(2, random.Next(2) == 0 ? Math.Floor(octaves) : octaves);
    }
}
