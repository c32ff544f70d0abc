using System.Runtime.CompilerServices;

namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>A leaf as hold needs it.</summary>
/// <param name="FirstSquared">Squared octaves between its first coordinate and that of all queries.</param>
/// <param name="OuterOctaves">log2 of its outer coordinate.</param>
/// <param name="InnerOctaves">log2 of its inner coordinate.</param>
/// <param name="Utilization">Roofline over latency.</param>
/// <param name="PowerWatts">W.</param>
internal readonly record struct HoldLeaf(double FirstSquared, double OuterOctaves, double InnerOctaves, double Utilization, double PowerWatts)
{
    /// <summary>A leaf that lies nowhere.</summary>
    public static HoldLeaf Nowhere => new(double.PositiveInfinity, 0, 0, 0, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double SquaredDistance(double outerOctaves, double innerOctaves)
    {
        var outer = OuterOctaves - outerOctaves;
        var inner = InnerOctaves - innerOctaves;
        return FirstSquared + (outer * outer) + (inner * inner);
    }
}
