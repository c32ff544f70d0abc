using System.Collections.Immutable;
using PowerPlanner.Admission;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopCore
{
    // The part of a tick within which thresholds are sent again.
    private const double ResendWindow = 0.25;

    /// <summary>The thresholds of the plan, with what the workers report now.</summary>
    private void PlanThresholds(ref LoopState state)
    {
        if (_options.AdmissionMode != AdmissionMode.Autoset || state.Course.Plan is not { } plan || !state.Course.IsPlanTargeted)
        {
            return;
        }

        var tokens = state.Tick.Reading.First.MaxBatchedTokens;
        var isDue = state.Course.AreThresholdsDue || state.Desk.Final is null;
        var implied = new ImpliedUtilization(Math.Min(1, plan.ThetaDecode), plan.ThetaPrefillFraction);
        var next = _options.AdmissionPolicy.Apply(implied, plan.DecodeBatch, state.Facts.PrefillRanks, tokens);
        if (tokens is null)
        {
            if (!isDue)
            {
                // Not knowing is no reason to send anything: what frontends have was right when it was sent.
                return;
            }

            state = state with { Counters = state.Counters with { MaxBatchedTokensUnavailable = state.Counters.MaxBatchedTokensUnavailable + 1 } };
        }

        _report.MaxBatchedTokens(tokens);
        state = state with { Desk = state.Desk.Planning(next), Course = state.Course with { AreThresholdsDue = false } };
    }

    /// <summary>Begins to send the thresholds to all frontends that are behind, at most once a tick for each generation.</summary>
    private void BeginRound(ref LoopState state)
    {
        var desk = state.Desk;
        if (_options.AdmissionMode != AdmissionMode.Autoset || desk.Current is null || state.Tick.Round.SentGeneration == desk.Generation)
        {
            return;
        }

        _report.Frontends(desk.Count);
        var names = ImmutableArray<string>.Empty;
        if (desk.Unacknowledged > 0)
        {
            names = [.. desk.Frontends.Where(desk.IsBehind).Select(frontend => frontend.Name)];
        }

        state = state with
        {
            Desk = desk.Sent(),
            Counters = desk.Count == 0 ? state.Counters with { NoFrontends = state.Counters.NoFrontends + 1 } : state.Counters,
            Tick = state.Tick with { Round = new ThresholdRound(names, 0, [], desk.IsNew, desk.Generation) },
        };
    }

    private SetThresholdsCommand? NextThresholds(ref LoopState state)
    {
        var round = state.Tick.Round;
        if (round.Names.IsDefault || round.Next >= round.Names.Length || state.Desk.Current is not { } thresholds)
        {
            return null;
        }

        var frontend = round.Names[round.Next];
        state = state with { Tick = state.Tick with { Round = round with { Next = round.Next + 1 } } };
        return new SetThresholdsCommand(frontend, thresholds, state.Desk.Generation) { Delay = round.IsNew ? TimeSpan.Zero : ResendDelay(state, frontend) };
    }

    /// <summary>A part of the tick's first quarter, another one for each frontend and on each tick; the rest of the tick is left for the write.</summary>
    private TimeSpan ResendDelay(in LoopState state, string frontend) =>
        _options.Tick * (ResendWindow * Jitter.Share(rules.Deployment, frontend, state.Desk.Generation, state.Taken.UtcTicks));

    private static void ConcludeThresholds(ref LoopState state, in LoopInput input)
    {
        var round = state.Tick.Round;
        var frontend = round.Names[round.Next - 1];
        var isAnswered = input.Kind == LoopInputKind.Answered;
        if (isAnswered)
        {
            state = state with { Desk = state.Desk.Answered(input.Frontend!) };
        }
        else
        {
            state = state with { Tick = state.Tick with { Round = round with { Failed = round.Failed.Add(frontend) } } };
        }

        Record(ref state, new CommandResult { Kind = CommandKind.SetThresholds, Frontend = frontend, Thresholds = state.Desk.Current, Succeeded = isAnswered });
    }

    private void EndRound(ref LoopState state)
    {
        var round = state.Tick.Round;
        if (round.Names.IsDefaultOrEmpty)
        {
            return;
        }

        var count = state.Desk.Count;
        state = state with
        {
            Counters = state.Counters with
            {
                PartialAdmission = state.Counters.PartialAdmission + round.Failed.Length,
                FailedAdmission = state.Counters.FailedAdmission + (round.Failed.Length == count ? 1 : 0),
            },
            Tick = state.Tick with { Round = round with { Names = [], Failed = [] } },
        };
        _report.ThresholdsSent(state.Desk.Current!.Value, round.Names.Length, round.Failed, count);
    }
}
