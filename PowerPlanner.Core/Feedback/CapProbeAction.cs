namespace PowerPlanner.Feedback;

/// <summary>What a cap probe wants done.</summary>
internal enum CapProbeAction
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Raise the cap on trial. Charge the budget before writing.</summary>
    Raise,

    /// <summary>The draw followed: the cap stays, counts as planned, and the coefficient is at least cap over modelled power.</summary>
    Keep,

    /// <summary>The draw did not follow, or cannot be seen: return to the cap before.</summary>
    Undo,
}
