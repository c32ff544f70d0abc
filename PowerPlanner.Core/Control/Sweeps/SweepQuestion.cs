using PowerPlanner.Feedback;
using PowerPlanner.Planning;

namespace PowerPlanner.Control.Sweeps;

/// <summary>What a sweep is asked: the best plan under these limits and what was learnt, and what the models say now of the plan in force.</summary>
/// <param name="Limits">Budgets, ranges of caps and charge floors.</param>
/// <param name="Corrections">What was learnt, relative to <paramref name="Answer"/>.</param>
/// <param name="Plan">The plan in force; null before the first.</param>
/// <param name="Answer">What the models said of it when it was made.</param>
/// <param name="PlanLimits">The limits that it was made under.</param>
internal sealed record SweepQuestion(PlanningLimits Limits, CorrectionState Corrections, PowerPlan? Plan, OperatingPointAnswer? Answer, PlanningLimits PlanLimits);
