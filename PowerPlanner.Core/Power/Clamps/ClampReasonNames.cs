namespace PowerPlanner.Power.Clamps;

/// <summary>The names of <see cref="ClampReason"/> in JSON and in metric labels.</summary>
public static class ClampReasonNames
{
    /// <summary>The name, such as <c>power_budget_clamped</c>; null for <see cref="ClampReason.None"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An undefined reason.</exception>
    public static string? Of(ClampReason reason) => reason switch
    {
        ClampReason.None => null,
        ClampReason.GpuBudgetClamped => "gpu_budget_clamped",
        ClampReason.PowerBudgetClamped => "power_budget_clamped",
        ClampReason.PowerRebalanceStaged => "power_rebalance_staged",
        ClampReason.PowerBudgetScaleUpSuppressed => "power_budget_scale_up_suppressed",
        ClampReason.PowerBudgetInfeasible => "power_budget_infeasible",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, $"The reason {reason} is not defined."),
    };
}
