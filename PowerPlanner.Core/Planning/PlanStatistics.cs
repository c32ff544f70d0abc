namespace PowerPlanner.Planning;

/// <summary>How much a search looked at. The same problem gives the same numbers; time is the caller's to measure.</summary>
/// <param name="CandidatesConsidered">Operating points of both sides that meet the latency targets.</param>
/// <param name="PairsVisited">Pairs of a prefill and a decode point whose replica counts were searched.</param>
public readonly record struct PlanStatistics(long CandidatesConsidered, long PairsVisited);
