using PowerPlanner.Facility;

namespace PowerPlanner.Tests.Facility;

/// <summary>Weighted throughput and watts of the priorities 2 (high), 1 and 0 (low).</summary>
internal readonly record struct TierTotals((double High, double Middle, double Low) Value, (long High, long Middle, long Low) Watts)
{
    private const double Equal = 1e-10;

    public static TierTotals Of(FacilityDeployment[] deployments, IReadOnlyList<FacilityShare> shares)
    {
        Span<double> value = stackalloc double[3];
        Span<long> watts = stackalloc long[3];
        for (var i = 0; i < deployments.Length; i++)
        {
            value[deployments[i].Priority] += deployments[i].Weight * shares[i].ThroughputRequestsPerSecond;
            watts[deployments[i].Priority] += shares[i].Watts;
        }

        return new TierTotals((value[2], value[1], value[0]), (watts[2], watts[1], watts[0]));
    }

    /// <summary>By value, tier by tier; with <paramref name="byWatts"/> a tier that draws less for as much comes before a better tier below it.</summary>
    public bool IsBetter(in TierTotals other, bool byWatts)
    {
        var sign = Compare(Value.High, other.Value.High);
        sign = sign == 0 && byWatts ? other.Watts.High.CompareTo(Watts.High) : sign;
        sign = sign == 0 ? Compare(Value.Middle, other.Value.Middle) : sign;
        sign = sign == 0 && byWatts ? other.Watts.Middle.CompareTo(Watts.Middle) : sign;
        sign = sign == 0 ? Compare(Value.Low, other.Value.Low) : sign;
        sign = sign == 0 && byWatts ? other.Watts.Low.CompareTo(Watts.Low) : sign;
        return sign > 0;
    }

    public bool IsMatchedBy(in TierTotals other) =>
        Compare(Value.High, other.Value.High) == 0 && Compare(Value.Middle, other.Value.Middle) == 0 && Compare(Value.Low, other.Value.Low) == 0 && Watts == other.Watts;

    private static int Compare(double a, double b) => Math.Abs(a - b) < Equal ? 0 : a.CompareTo(b);
}
