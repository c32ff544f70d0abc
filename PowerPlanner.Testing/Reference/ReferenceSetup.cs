using PowerPlanner.Control;
using PowerPlanner.Planning;

namespace PowerPlanner.Testing.Reference;

/// <summary>What a <see cref="ReferencePolicy"/> is given. Immutable.</summary>
public sealed record ReferenceSetup
{
    /// <summary>Engines and models, targets, minima, GPU ceiling and budget. Its fallback caps are the configured ones.</summary>
    public required PlanningProblem Problem { get; init; }

    /// <summary>Interval, thresholds, failures and initial coefficients; the rest is not the reference's.</summary>
    public ControlOptions Options { get; init; } = new();

    /// <summary>GPUs of a prefill replica as the optimizer counts them, which need not be what the clamps count; null = the layout's.</summary>
    public int? OptimizerPrefillGpus { get; init; }

    /// <summary>GPUs of a decode replica as the optimizer counts them; null = the layout's.</summary>
    public int? OptimizerDecodeGpus { get; init; }

    /// <summary>
    /// Whether a sweep's caps are written at once, as the reference's test bed does, or at the next tick, as its planner does. Default false.
    /// </summary>
    public bool WritesCapsAtOnce { get; init; }
}
