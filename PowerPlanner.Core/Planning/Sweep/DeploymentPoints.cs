using PowerPlanner.Power;

namespace PowerPlanner.Planning.Sweep;

/// <summary>The operating points of all roles of a deployment under the ranges of caps that its hardware accepts.</summary>
/// <param name="Prefill">Prefill points; null in aggregated mode.</param>
/// <param name="Decode">Decode points, or those of the aggregated engine.</param>
/// <param name="PrefillCapLimits">Range that the prefill points were made for.</param>
/// <param name="DecodeCapLimits">Range that the decode points were made for.</param>
internal sealed record DeploymentPoints(OperatingPoints? Prefill, OperatingPoints Decode, GpuPowerLimits? PrefillCapLimits, GpuPowerLimits? DecodeCapLimits)
{
    public static DeploymentPoints Create(PlanningProblem problem, DeploymentSweep sweep, in PlanningLimits limits) => new(
        problem.Mode == DeploymentMode.Disaggregated ? OperatingPoints.ForPrefill(problem, sweep, limits.PrefillCapLimits) : null,
        problem.Mode == DeploymentMode.Disaggregated
            ? OperatingPoints.ForDecode(problem, sweep, limits.DecodeCapLimits)
            : OperatingPoints.ForAggregated(problem, sweep, limits.DecodeCapLimits),
        limits.PrefillCapLimits,
        limits.DecodeCapLimits);

    public bool AreFor(in PlanningLimits limits) =>
        Equals(PrefillCapLimits, limits.PrefillCapLimits) && Equals(DecodeCapLimits, limits.DecodeCapLimits);
}
