using PowerPlanner.Feedback;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Control.Loop;

// What was learnt about one answer of the models, carried over to another.
internal sealed partial class ControlLoop
{
    // The same answer through another path of rounding is the same answer.
    private const double SameAnswer = 1e-12;

    /// <summary>
    /// Coefficients are relative to the model's answer at the planned point. Where the models now answer otherwise for that very point, what
    /// was learnt is carried over before the search uses it.
    /// </summary>
    private void Rebase(PreparedPlanner prepared)
    {
        if (_plan is not { } plan || _answer is not { } old || !prepared.HasOperatingPoints)
        {
            return;
        }

        if (prepared.AnswerAt(plan, _planLimits) is not { } fresh)
        {
            Revise();
            return;
        }

        if (!IsSame(old.TtftMs, fresh.TtftMs) || !IsSame(old.ItlMs, fresh.ItlMs))
        {
            // Another model, or another table behind it: what was planned before says nothing about it.
            Revise();
        }

        Rebase(CorrectionKind.Ttft, old.TtftMs, fresh.TtftMs);
        Rebase(CorrectionKind.Itl, old.ItlMs, fresh.ItlMs);
        if (old.AggregatedPower is { } oldEngine && fresh.AggregatedPower is { } freshEngine)
        {
            Rebase(CorrectionKind.PowerAggregated, oldEngine, freshEngine);
        }
        else
        {
            Rebase(CorrectionKind.PowerPrefill, old.PrefillPower, fresh.PrefillPower);
            Rebase(CorrectionKind.PowerDecode, old.DecodePower, fresh.DecodePower);
        }
    }

    private void Rebase(CorrectionKind kind, in SidePower old, in SidePower fresh)
    {
        if (old.Source != PowerSource.ConfiguredCap && fresh.Source != PowerSource.ConfiguredCap)
        {
            Rebase(kind, old.Watts, fresh.Watts);
        }
    }

    private void Rebase(CorrectionKind kind, double old, double fresh)
    {
        if (!IsSame(old, fresh))
        {
            _corrections = _corrections.Rebase(kind, old, fresh);
        }
    }

    private static bool IsSame(double old, double fresh) => Math.Abs(old - fresh) <= SameAnswer * old;
}
