using PowerPlanner.Planning;

namespace PowerPlanner.Control.Sweeps;

/// <summary>What came out of a sweep, as plain values: whoever has them decides the same again without the models.</summary>
internal sealed record SweepAnswer
{
    /// <summary>Whether the models came back; where not, there is nothing but <see cref="Failure"/>.</summary>
    public bool HasAnswered { get; init; }

    /// <summary>Why the sweep failed; null where it gave plans or said why there is none.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether a model broke, as opposed to having no data or answering nonsense.</summary>
    public bool HasModelThrown { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Nameplate power of a GPU, W; null = unknown.</summary>
    public double? NameplateWatts { get; init; }

    /// <summary>What was learnt, relative to what the models say now.</summary>
    public Feedback.CorrectionState Corrections { get; init; }

    /// <summary>Whether the models are others than those of the plan in force: what was tried under them says nothing about now.</summary>
    public bool HasModelChanged { get; init; }

    /// <summary>What the models say now at the point of the plan in force, under the limits that it was made under: what <see cref="Corrections"/> are relative to.</summary>
    public OperatingPointAnswer? RebasedAnswer { get; init; }

    /// <summary>The plan; null where none fits.</summary>
    public PowerPlan? Plan { get; init; }

    /// <summary>Why no plan fits, or which target the plan misses; null where one meets everything.</summary>
    public Infeasibility? Missed { get; init; }

    /// <summary>What the models say at the new plan's point.</summary>
    public OperatingPointAnswer? PlanAnswer { get; init; }

    /// <summary>What the models say at the point of the plan in force, under the limits of now.</summary>
    public OperatingPointAnswer? InForceAnswer { get; init; }

    /// <summary>Corrections that the plan was made with.</summary>
    public Performance.Corrections PlannedWith => Corrections.Values;

    /// <summary>Asks a prepared planner.</summary>
    /// <param name="prepared">Models that have answered.</param>
    /// <param name="question">What to ask.</param>
    /// <param name="nameplateWatts">Nameplate power of a GPU, W; null = unknown.</param>
    public static SweepAnswer From(PreparedPlanner prepared, SweepQuestion question, double? nameplateWatts)
    {
        var corrections = Rebasing.Apply(prepared, question, out var hasModelChanged, out var rebased);
        var result = prepared.Plan(question.Limits, corrections.Values);
        Infeasibility? missed = null;
        if (result.Reason == InfeasibleReason.SlaInfeasible)
        {
            missed = Infeasibility.Of(result);
            result = prepared.PlanBestEffort(question.Limits, corrections.Values);
        }

        var answer = new SweepAnswer { HasAnswered = true, NameplateWatts = nameplateWatts, Corrections = corrections, HasModelChanged = hasModelChanged, RebasedAnswer = rebased };
        if (result.Reason == InfeasibleReason.ModelFailed)
        {
            return answer with { Failure = result.Detail!, HasModelThrown = prepared.HasModelThrown };
        }

        return answer with
        {
            Plan = result.Plan,
            Missed = result.Plan is null ? Infeasibility.Of(result) : missed,
            PlanAnswer = result.Plan is { } plan ? prepared.AnswerAt(plan, question.Limits) : null,
            InForceAnswer = question.Plan is { } inForce ? prepared.AnswerAt(inForce, question.Limits) : null,
        };
    }
}
