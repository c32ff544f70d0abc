namespace PowerPlanner.Feedback;

/// <summary>What observations are held against.</summary>
/// <param name="TtftTargetMs">Target for the time to first token, ms.</param>
/// <param name="ItlTargetMs">Target for the inter-token latency, ms.</param>
/// <param name="EstimatedTokensPerSecond">Capacity of the applied plan, tokens/s; 0 = no plan is applied, then no load exceeds it.</param>
/// <param name="BudgetWatts">Budget of the deployment, W; null = unbounded.</param>
public readonly record struct DriftReference(double TtftTargetMs, double ItlTargetMs, double EstimatedTokensPerSecond, double? BudgetWatts);
