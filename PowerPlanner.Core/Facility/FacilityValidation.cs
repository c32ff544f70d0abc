using System.Globalization;

namespace PowerPlanner.Facility;

/// <summary>Refuses malformed deployments.</summary>
internal static class FacilityValidation
{
    // Sums of values and products with watts stay finite.
    private const double MostValue = 1e200;

    public static void Check(IReadOnlyList<FacilityDeployment> deployments)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < deployments.Count; i++)
        {
            var own = deployments[i] ?? throw Wrong(deployments, i, "deployment", "null", "a deployment");
            Require(deployments, !string.IsNullOrWhiteSpace(own.Name), i, nameof(own.Name), own.Name, "not empty");
            Require(deployments, names.Add(own.Name), i, nameof(own.Name), own.Name, "unique");
            Require(deployments, own.Weight > 0 && double.IsFinite(own.Weight), i, nameof(own.Weight), own.Weight, "finite and greater than 0");
            Require(deployments, own.FloorWatts >= 0, i, nameof(own.FloorWatts), own.FloorWatts, "at least 0");
            Require(deployments, own.FloorRequestsPerSecond >= 0 && double.IsFinite(own.FloorRequestsPerSecond), i, nameof(own.FloorRequestsPerSecond), own.FloorRequestsPerSecond, "finite and at least 0");
            Require(deployments, own.Frontier is { Count: > 0 }, i, nameof(own.Frontier), "empty", "at least one point");
            long watts = 0;
            double throughput = 0;
            foreach (var point in own.Frontier)
            {
                Require(deployments, point.TotalWatts > watts, i, nameof(point.TotalWatts), point.TotalWatts, "greater than 0 and than the point before");
                var served = point.ThroughputRequestsPerSecond;
                Require(deployments, served > throughput && served * own.Weight <= MostValue, i, nameof(point.ThroughputRequestsPerSecond), served, "greater than 0 and than the point before, and with the weight at most 1E+200");
                (watts, throughput) = (point.TotalWatts, served);
            }
        }
    }

    private static void Require(IReadOnlyList<FacilityDeployment> deployments, bool holds, int index, string what, object? value, string allowed)
    {
        if (!holds)
        {
            throw Wrong(deployments, index, what, value, allowed);
        }
    }

    private static ArgumentException Wrong(IReadOnlyList<FacilityDeployment> deployments, int index, string what, object? value, string allowed) =>
        new(string.Create(CultureInfo.InvariantCulture, $"deployments[{index}].{what} is {value}; it must be {allowed}."), nameof(deployments));
}
