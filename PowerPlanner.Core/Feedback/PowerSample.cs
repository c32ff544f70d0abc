namespace PowerPlanner.Feedback;

/// <summary>The draw of one side in one window, beside the model's. <c>default</c> is absent and teaches nothing.</summary>
public readonly record struct PowerSample
{
    /// <summary>Mean draw of one GPU, W; null = absent.</summary>
    public double? WattsPerGpu { get; init; }

    /// <summary>Tokens that the side's engines scheduled; null or 0 = it may have been idle, and its draw says nothing about work.</summary>
    public double? ScheduledTokens { get; init; }

    /// <summary>
    /// The coefficient's denominator, W: the model's power after the non-physical clamp, or the nameplate power where there is no prediction.
    /// Never the applied cap, which would pull the coefficient to 1 by construction.
    /// </summary>
    public double ModelledWatts { get; init; }

    /// <summary>Cap in force during the window, W; null = unknown, then the reading is demand.</summary>
    public int? CapWatts { get; init; }

    /// <summary>Whether the window straddles a change of the side's cap or replicas: it teaches nothing.</summary>
    public bool IsStraddled { get; init; }

    /// <summary>
    /// Whether the cap in force is lower than what the side is believed to want, and not for a coefficient that is too low: a cap grid chose it,
    /// the hardware's range cut it, or the budget or a foreign hand has put it below the planned one. Then a draw counts as demand only after
    /// <see cref="CoefficientState.ReadingsThatProve"/> readings in a row on the same side of the cap, further from it than a meter errs; and what
    /// the side was seen to want under a higher cap is not unlearnt.
    /// </summary>
    public bool IsHeldBelowDemand { get; init; }

    /// <summary>Whether a raised cap is on trial: readings at that cap are evidence for the trial, not for the coefficient.</summary>
    public bool IsProbing { get; init; }

    /// <summary>Whether the model's power was non-physical: a coefficient relative to its stand-in may hit a bound without an alarm.</summary>
    public bool IsModelInvalid { get; init; }

    /// <summary>What the reading says about the cap; <see cref="PowerReadingKind.None"/> for a window that straddles a change.</summary>
    /// <param name="band">Half-width of the power-limited band, a share of the cap; 0 = off.</param>
    /// <param name="accuracy">How far the meter may be from the truth, a share of the reading; at least 0.</param>
    public PowerReadingKind Classify(double band, double accuracy) =>
        IsStraddled ? PowerReadingKind.None : PowerReading.Classify(WattsPerGpu, CapWatts, band, accuracy);
}
