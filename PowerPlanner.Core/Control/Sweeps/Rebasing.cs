using PowerPlanner.Feedback;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Control.Sweeps;

/// <summary>
/// Coefficients are relative to the model's answer at the planned point. Where the models now answer otherwise for that very point, what was
/// learnt is carried over before the search uses it.
/// </summary>
internal static class Rebasing
{
    // The same answer through another path of rounding is the same answer.
    private const double SameAnswer = 1e-12;

    /// <summary>Carries what was learnt over to what the models say now.</summary>
    /// <param name="prepared">Models that have answered.</param>
    /// <param name="question">What was learnt, and about which point.</param>
    /// <param name="hasModelChanged">Whether the models, or the tables behind them, are others: what was planned before says nothing about them.</param>
    /// <param name="answer">What the models say now of that point; null where they say nothing, or nothing was planned before.</param>
    public static CorrectionState Apply(PreparedPlanner prepared, SweepQuestion question, out bool hasModelChanged, out OperatingPointAnswer? answer)
    {
        (hasModelChanged, answer) = (false, null);
        var corrections = question.Corrections;
        if (question.Plan is not { } plan || question.Answer is not { } old || !prepared.HasOperatingPoints)
        {
            return corrections;
        }

        if (prepared.AnswerAt(plan, question.PlanLimits) is not { } fresh)
        {
            hasModelChanged = true;
            return corrections;
        }

        answer = fresh;
        hasModelChanged = !IsSame(old.TtftMs, fresh.TtftMs)
            || !IsSame(old.ItlMs, fresh.ItlMs)
            || !IsSame((old.AggregatedPower ?? old.DecodePower).Watts, (fresh.AggregatedPower ?? fresh.DecodePower).Watts)
            || !IsSame(old.PrefillPower.Watts, fresh.PrefillPower.Watts);
        corrections = Carry(corrections, CorrectionKind.Ttft, old.TtftMs, fresh.TtftMs);
        corrections = Carry(corrections, CorrectionKind.Itl, old.ItlMs, fresh.ItlMs);
        if (old.AggregatedPower is { } oldEngine && fresh.AggregatedPower is { } freshEngine)
        {
            return Carry(corrections, CorrectionKind.PowerAggregated, oldEngine, freshEngine);
        }

        corrections = Carry(corrections, CorrectionKind.PowerPrefill, old.PrefillPower, fresh.PrefillPower);
        return Carry(corrections, CorrectionKind.PowerDecode, old.DecodePower, fresh.DecodePower);
    }

    private static CorrectionState Carry(in CorrectionState corrections, CorrectionKind kind, in SidePower old, in SidePower fresh) =>
        old.Source != PowerSource.ConfiguredCap && fresh.Source != PowerSource.ConfiguredCap
            ? Carry(corrections, kind, old.Watts, fresh.Watts)
            : corrections;

    private static CorrectionState Carry(in CorrectionState corrections, CorrectionKind kind, double old, double fresh) =>
        IsSame(old, fresh) ? corrections : corrections.Rebase(kind, old, fresh);

    private static bool IsSame(double old, double fresh) => Math.Abs(old - fresh) <= SameAnswer * old;
}
