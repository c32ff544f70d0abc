namespace PowerPlanner.Facility;

/// <summary>What one deployment may be given, from its floor up.</summary>
internal sealed record FacilityChoices(long[] Watts, double[] Throughputs, double Weight)
{
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
}
