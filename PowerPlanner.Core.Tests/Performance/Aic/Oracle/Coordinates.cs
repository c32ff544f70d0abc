namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>What all resolvers share about coordinates (specification 2.1, 2.3).</summary>
internal static class Coordinates
{
    /// <summary>Only a non-negative integer can hit a key exactly.</summary>
    public static bool TryKey(double coordinate, out long key)
    {
        key = 0;
        if (coordinate < 0 || coordinate > long.MaxValue / 2 || Math.Floor(coordinate) != coordinate)
        {
            return false;
        }

        key = (long)coordinate;
        return true;
    }

    public static double Octaves(double coordinate) => Math.Log2(Math.Max(coordinate, 1e-12));

    public static bool IsPositive(double value) => double.IsFinite(value) && value > 0;
}
