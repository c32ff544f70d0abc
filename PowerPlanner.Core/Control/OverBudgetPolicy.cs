namespace PowerPlanner.Control;

/// <summary>What the controller does when even the smallest plan does not fit the budget.</summary>
public enum OverBudgetPolicy
{
    /// <summary>Leave everything as it is and report the excess.</summary>
    Hold,

    /// <summary>Lower the caps to the hardware's minimum, keep the replicas and report the excess.</summary>
    TightenCaps,

    /// <summary>
    /// Caps first, then replicas, down to none: the budget is kept. The default. Replicas go also where a plan fits but the caps in force cannot be
    /// lowered to it: at once where that is refused, on the next tick where it fails, after the convergence timeout where it is accepted and does not come.
    /// </summary>
    ScaleDown,
}
