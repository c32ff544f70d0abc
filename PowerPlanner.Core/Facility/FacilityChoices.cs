namespace PowerPlanner.Facility;

/// <summary>What one deployment may be given, from its floor up: strictly increasing watts and values (weight times throughput).</summary>
internal sealed class FacilityChoices : IEquatable<FacilityChoices>
{
    private FacilityChoices(long[] watts, double[] throughputs, double weight) =>
        (Watts, Throughputs, Values) = (watts, throughputs, Array.ConvertAll(throughputs, served => weight * served));

    public long[] Watts { get; }

    public double[] Throughputs { get; }

    public double[] Values { get; }

    /// <summary>Null where the frontier never reaches the floor.</summary>
    public static FacilityChoices? Of(FacilityDeployment deployment)
    {
        var watts = new List<long>();
        var throughputs = new List<double>();
        if (deployment.FloorWatts == 0 && deployment.FloorRequestsPerSecond == 0)
        {
            watts.Add(0);
            throughputs.Add(0);
        }

        foreach (var point in deployment.Frontier)
        {
            if (point.TotalWatts >= deployment.FloorWatts && point.ThroughputRequestsPerSecond >= deployment.FloorRequestsPerSecond)
            {
                watts.Add(point.TotalWatts);
                throughputs.Add(point.ThroughputRequestsPerSecond);
            }
        }

        return watts.Count == 0 ? null : new FacilityChoices([.. watts], [.. throughputs], deployment.Weight);
    }

    /// <summary>Whether a search cannot tell the two apart.</summary>
    public bool Equals(FacilityChoices? other) =>
        other is not null && Watts.AsSpan().SequenceEqual(other.Watts) && Values.AsSpan().SequenceEqual(other.Values);

    public override bool Equals(object? obj) => Equals(obj as FacilityChoices);

    public override int GetHashCode() => HashCode.Combine(Watts.Length, Watts[^1], Values[0], Values[^1]);
}
