using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Plan;

/// <summary>What was found for one configuration.</summary>
internal sealed record PlanAnswer(PlanResult Result, IReadOnlyList<FrontierPoint> Frontier, PlanExplanation? Explanation, double ElapsedMicroseconds)
{
    public PlanOutput ToOutput() => PlanOutput.Of(Result, Frontier, ElapsedMicroseconds);
}
