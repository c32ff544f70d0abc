namespace PowerPlanner.Control.Loop;

/// <summary>What others want changed. The default is nothing.</summary>
/// <param name="HasBudget">Whether the budget is set.</param>
/// <param name="BudgetWatts">The budget, W; null = unbounded.</param>
/// <param name="Problem">The new problem; null = the present one stays.</param>
/// <param name="Reset">Whether a disabled optimizer is to be turned on.</param>
internal readonly record struct LoopUpdate(bool HasBudget, long? BudgetWatts, ProblemFacts? Problem, bool Reset);
