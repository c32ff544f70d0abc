using PowerPlanner.Performance;
using PowerPlanner.Planning.Search;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning;

/// <summary>Why there is no plan, in words that name the binding number.</summary>
internal static class InfeasibleText
{
    public static string Describe(PlanningProblem problem, DeploymentPoints points, in PlanningLimits limits, in Corrections corrections, in SearchOutcome outcome) => outcome.Reason switch
    {
        InfeasibleReason.SlaInfeasible => Targets(problem, points, corrections),
        InfeasibleReason.GpuBudgetInfeasible => FormattableString.Invariant($"No plan: {MinimaInGpus(points)} = {outcome.MinimumGpus} GPUs are already above the ceiling of {limits.GpuBudget} GPUs.{AlsoWatts(limits, outcome)}"),
        InfeasibleReason.PowerBudgetInfeasible when outcome.MinimumWatts == long.MaxValue => $"No plan: the fewest replicas, {Minima(points)}, draw more watts than 64 bits hold.",
        InfeasibleReason.PowerBudgetInfeasible => FormattableString.Invariant($"No plan: the fewest replicas, {Minima(points)}, need a budget of {outcome.MinimumWatts} W; it is {limits.BudgetWatts} W."),
        _ => Target(problem, limits, outcome),
    };

    private static string Targets(PlanningProblem problem, DeploymentPoints points, in Corrections corrections)
    {
        var ttft = Lowest(points.Prefill is { } prefill ? prefill.TtftMs : points.Decode.TtftMs);
        var itl = Lowest(points.Decode.ItlMs);
        var ttftMissed = Missed("TTFT", ttft, corrections.Ttft, problem.TtftTargetMs);
        var itlMissed = Missed("ITL", itl, corrections.Itl, problem.ItlTargetMs);
        var missed = (ttftMissed, itlMissed) switch
        {
            ({ } first, { } second) => $"{first}, and {second}",
            ({ } first, null) => first,
            (null, { } second) => second,

            // Each target is met somewhere, but by no engine that has to meet both.
            _ => FormattableString.Invariant($"no operating point meets the TTFT target of {problem.TtftTargetMs} ms and the ITL target of {problem.ItlTargetMs} ms together"),
        };
        return $"No plan: {missed}.";
    }

    private static string? Missed(string name, double lowestMs, double correction, double targetMs)
    {
        var factor = Math.Max(1, correction);
        if (lowestMs * factor <= targetMs)
        {
            return null;
        }

        return factor > 1
            ? FormattableString.Invariant($"the lowest {name} is {lowestMs} ms · {factor} = {lowestMs * factor} ms, above the target of {targetMs} ms")
            : FormattableString.Invariant($"the lowest {name} is {lowestMs} ms, above the target of {targetMs} ms");
    }

    private static string Target(PlanningProblem problem, in PlanningLimits limits, in SearchOutcome outcome)
    {
        var demand = FormattableString.Invariant($"No plan: {problem.TargetRequestsPerSecond} requests/s are out of reach");
        return (outcome.MinimumWatts, outcome.MinimumGpus) switch
        {
            (null, null) when outcome.Ceiling < problem.TargetRequestsPerSecond => FormattableString.Invariant($"{demand}: {problem.MaxReplicas} replicas of each role serve at most {outcome.Ceiling}."),
            (null, null) => FormattableString.Invariant($"{demand} within both {limits.BudgetWatts} W and {limits.GpuBudget} GPUs; raising one alone does not help."),
            ({ } watts, null) => FormattableString.Invariant($"{demand} within {limits.BudgetWatts} W. Nearest feasible budget: {watts} W."),
            (null, { } gpus) => FormattableString.Invariant($"{demand} within {limits.GpuBudget} GPUs. Fewest feasible: {gpus} GPUs."),
            ({ } watts, { } gpus) => FormattableString.Invariant($"{demand} within {limits.BudgetWatts} W and {limits.GpuBudget} GPUs. Either {watts} W or {gpus} GPUs would do."),
        };
    }

    private static string AlsoWatts(in PlanningLimits limits, in SearchOutcome outcome) =>
        outcome.MinimumWatts is { } watts ? FormattableString.Invariant($" They also need a budget of {watts} W; it is {limits.BudgetWatts} W.") : string.Empty;

    private static string MinimaInGpus(DeploymentPoints points) => points.Prefill is { } prefill
        ? FormattableString.Invariant($"{prefill.MinReplicas} prefill × {prefill.Layout.Gpus} + {points.Decode.MinReplicas} decode × {points.Decode.Layout.Gpus}")
        : FormattableString.Invariant($"{points.Decode.MinReplicas} × {points.Decode.Layout.Gpus}");

    private static string Minima(DeploymentPoints points) => points.Prefill is { } prefill
        ? FormattableString.Invariant($"{prefill.MinReplicas} prefill of {prefill.Layout.Gpus} GPUs and {points.Decode.MinReplicas} decode of {points.Decode.Layout.Gpus} GPUs")
        : FormattableString.Invariant($"{points.Decode.MinReplicas} of {points.Decode.Layout.Gpus} GPUs");

    private static double Lowest(double[] latenciesMs)
    {
        var lowest = double.PositiveInfinity;
        foreach (var latencyMs in latenciesMs)
        {
            lowest = Math.Min(lowest, latencyMs);
        }

        return lowest;
    }
}
