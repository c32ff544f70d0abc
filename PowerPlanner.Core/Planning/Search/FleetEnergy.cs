using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning.Search;

/// <summary>
/// What a plan draws at its full throughput. A GPU draws its modelled power, corrections included, where its cap leaves it that, else the cap; an unknown power is its cap. Replicas
/// that wait for the slower role count as busy: an upper bound.
/// </summary>
internal static class FleetEnergy
{
    public static double JoulesPerRequest(PlanningProblem problem, DeploymentPoints points, in SearchOutcome outcome) =>
        DecodeJoulesPerRequest(problem, points, outcome) + (PrefillJoulesPerRequest(problem, points, outcome) ?? 0);

    /// <summary>What the prefill role draws of it; null for aggregated engines.</summary>
    public static double? PrefillJoulesPerRequest(PlanningProblem problem, DeploymentPoints points, in SearchOutcome outcome) =>
        points.Prefill is { } prefill ? Watts(problem, prefill, outcome.PrefillReplicas, outcome.Prefill) / outcome.Throughput : null;

    /// <summary>What the decode role or the aggregated engines draw of it.</summary>
    public static double DecodeJoulesPerRequest(PlanningProblem problem, DeploymentPoints points, in SearchOutcome outcome) =>
        Watts(problem, points.Decode, outcome.DecodeReplicas, outcome.Decode) / outcome.Throughput;

    public static double JoulesPerToken(PlanningProblem problem, DeploymentPoints points, in SearchOutcome outcome) =>
        JoulesPerRequest(problem, points, outcome) / ((long)problem.Isl + problem.Osl);

    private static double Watts(PlanningProblem problem, OperatingPoints role, int replicas, in RolePoint point) =>
        (double)replicas * role.Layout.Gpus * (Math.Min(point.CapWatts, point.NaturalWatts) + problem.NonGpuWattsPerGpu);
}
