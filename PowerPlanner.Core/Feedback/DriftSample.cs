namespace PowerPlanner.Feedback;

/// <summary>What one tick shows. Everything may be absent (null); <c>default</c> is a tick without data, and so is one whose window is ignored.</summary>
public readonly record struct DriftSample
{
    /// <summary>Time to first token as users felt it, ms, queueing included.</summary>
    public double? TtftMs { get; init; }

    /// <summary>Inter-token latency, ms.</summary>
    public double? ItlMs { get; init; }

    /// <summary>Offered input and output tokens per second.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Draw of all boards of the deployment, W.</summary>
    public double? TotalWatts { get; init; }

    /// <summary>Whether a cap has drifted from the plan (<see cref="Feedback.CapDrift"/>); null = there is no plan or no coefficient to tell by.</summary>
    public bool? HasCapDrift { get; init; }

    /// <summary>Whether fewer replicas run or start than the plan has; null = unknown.</summary>
    public bool? IsBelowPlan { get; init; }

    /// <summary>Holds the tick against its reference. Comparisons are strict and forgive a relative 1e-9: a latency at its target is no miss.</summary>
    /// <param name="reference">Targets, capacity and budget.</param>
    /// <param name="driftThreshold">Share by which the load has to exceed the capacity.</param>
    public DriftJudgement Judge(in DriftReference reference, double driftThreshold)
    {
        var judgement = default(DriftJudgement);
        judgement = judgement.With(DriftSignals.Ttft, IsAbove(TtftMs, reference.TtftTargetMs));
        judgement = judgement.With(DriftSignals.Itl, IsAbove(ItlMs, reference.ItlTargetMs));
        var capacity = reference.EstimatedTokensPerSecond;
        judgement = judgement.With(DriftSignals.Capacity, IsAbove(TokensPerSecond, capacity > 0 ? capacity * (1 + driftThreshold) : double.PositiveInfinity));
        judgement = judgement.With(DriftSignals.CapDrift, HasCapDrift);
        judgement = judgement.With(DriftSignals.Readiness, IsBelowPlan);
        return judgement.With(DriftSignals.MeasuredExcess, IsAbove(TotalWatts, reference.BudgetWatts ?? double.PositiveInfinity));
    }

    private static bool? IsAbove(double? value, double bound) => value is { } v && double.IsFinite(v) ? Threshold.IsAbove(v, bound) : null;
}
