namespace PowerPlanner.Control.Transitions;

/// <summary>What the steps of one tick may do.</summary>
/// <param name="CanGrow">Whether anything may rise: not while the fleet cannot be read.</param>
/// <param name="ShedsReplicas">Whether replicas go where a cap that must fall for the budget's sake cannot be lowered. False: they stay, above the budget.</param>
/// <param name="OverdueAfter">A cap that has not come into effect for so long counts as one that cannot be lowered.</param>
/// <param name="ResendAfter">An answered cap that has not come into effect for so long is sent again; at least as long as agents may be expected to take.</param>
/// <param name="CapSettleTime">How long agents may apply caps out of order; zero where the actuator fences by revision.</param>
/// <param name="Now">The controller's clock.</param>
internal readonly record struct TransitionRules(bool CanGrow, bool ShedsReplicas, TimeSpan OverdueAfter, TimeSpan ResendAfter, TimeSpan CapSettleTime, TimeSpan Now);
