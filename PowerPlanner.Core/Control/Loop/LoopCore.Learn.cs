using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Power;

namespace PowerPlanner.Control.Loop;

internal sealed partial class LoopCore
{
    private void Learn(ref LoopState state)
    {
        for (var i = 0; i < state.Fleet.Count; i++)
        {
            ForgiveEmpty(ref state, i);
        }

        if (!state.Tick.IsInOrder || state.Tick.Reading.Window is null)
        {
            return;
        }

        LearnExcess(ref state);
        for (var i = 0; i < state.Fleet.Count; i++)
        {
            LearnCap(ref state, i);
        }

        if (state.IsDisabled || state.Course.Answer is not { } answer)
        {
            return;
        }

        var reading = state.Tick.Reading;
        var last = state.Fleet.Count - 1;
        var sample = new CorrectionSample
        {
            Requests = reading.Requests,
            Ttft = Latency(ReadingGuard.WithoutQueueingMs(reading.TtftMs, reading.QueueingMs), answer.TtftMs, reading.First),
            Itl = Latency(reading.ItlMs, answer.ItlMs, reading[last]),
            PowerPrefill = state.IsAggregated ? default : Power(state, 0, answer.PrefillPower),
            PowerDecode = state.IsAggregated ? default : Power(state, 1, answer.DecodePower),
            PowerAggregated = state.IsAggregated ? Power(state, 0, answer.AggregatedPower!.Value) : default,
        };
        var before = state.Learnt.Corrections;
        var after = before.Update(sample, state.Now, _feedback, out var events);
        var pegged = _report.Corrected(sample, events, before, after, reading.First.Utilization, reading[last].Utilization);
        state = state with
        {
            Learnt = state.Learnt with { Corrections = after },
            Counters = pegged > 0 ? state.Counters with { CorrectionPegged = state.Counters.CorrectionPegged + pegged } : state.Counters,
        };
    }

    /// <summary>
    /// A role without replicas draws nothing that could show that its caps hold again, and must not grow before they do: after an interval it
    /// gets another chance. So does one whose meter has died, an hour later.
    /// </summary>
    private void ForgiveEmpty(ref LoopState state, int index)
    {
        var (side, role) = (state.Side(index), state.Fleet[index]);
        var isHeld = role.IsGrowthHeld || role.ChargeFloorWatts > 0;
        var isEmpty = role.Live + role.Terminating == 0;
        if (!isHeld || (!isEmpty && state.Tick.Reading[index].WattsPerGpu is not null))
        {
            state = side.EmptySince is null ? state : state.WithSide(index, side with { EmptySince = null });
            return;
        }

        var interval = _options.ReoptimizeInterval > _options.Tick ? _options.ReoptimizeInterval : _options.Tick;
        var since = side.EmptySince ?? state.Now;
        if (state.Now - since < (isEmpty ? _options.ReoptimizeInterval : interval * IntervalsToAnotherLook))
        {
            state = state.WithSide(index, side with { EmptySince = since });
            return;
        }

        state = state.WithSide(index, side with { EmptySince = null, Enforcement = default }).WithRole(index, role with { ChargeFloorWatts = 0, IsGrowthHeld = false });
        state = state with { Learnt = state.Learnt with { Excess = default }, Watch = state.Watch with { IsSweepOwed = true } };
    }

    /// <summary>Holds what the whole deployment draws against what its caps allow.</summary>
    private void LearnExcess(ref LoopState state)
    {
        var reading = state.Tick.Reading;
        if (_options.PowerLimitedBand == 0 || reading.TotalWatts is not { } drawn || reading.First.IsStraddled || reading.Second.IsStraddled)
        {
            return;
        }

        var capped = 0L;
        for (var i = 0; i < state.Fleet.Count; i++)
        {
            capped += (state.Fleet[i] with { ChargeFloorWatts = 0 }).ChargedWatts;
        }

        state = state with { Learnt = state.Learnt with { Excess = state.Learnt.Excess.After(drawn, capped, Math.Max(_options.MeterAccuracy, _options.PowerLimitedBand)) } };
    }

    private void LearnCap(ref LoopState state, int index)
    {
        var reading = state.Tick.Reading[index];
        var role = state.Fleet[index];
        var evidence = new CapEvidence
        {
            WattsPerGpu = reading.WattsPerGpu,
            MeteredLimitWatts = reading.MeteredCapWatts,
            CapWatts = role.State?.EffectiveCapWatts ?? reading.MeteredCapWatts,
            NameplateWatts = state.Learnt.NameplateWatts,
            IsStraddled = reading.IsStraddled,
        };
        var enforcement = state.Side(index).Enforcement.Advance(evidence, _feedback);
        var floor = Math.Max(enforcement.FloorWatts, state.Learnt.Excess.Ratio > 0 ? CapBridge.CeilingWatts(role.HighestCapWatts * state.Learnt.Excess.Ratio) : 0);
        var next = role with { ChargeFloorWatts = floor, IsGrowthHeld = !enforcement.MayGrow || floor > 0 };
        state = state.WithSide(index, state.Side(index) with { Enforcement = enforcement }).WithRole(index, next);
        var isOver = floor > role.ChargeFloorWatts && TargetWatts(state, withFloors: true) > state.Fleet.BudgetWatts;
        if (isOver || floor < role.ChargeFloorWatts)
        {
            // Three windows have shown that the plan draws more than the budget, or that caps hold again for which a smaller plan was made.
            state = state with { Watch = state.Watch with { IsSweepOwed = true } };
        }

        _report.CapReading(role.Role, enforcement.IsPowerLimited, enforcement.IsNotEnforced, reading.WattsPerGpu, reading.CapWatts ?? role.EffectiveCapWatts);
    }

    private LatencySample Latency(double? measuredMs, double modelledMs, in SideReading reading) =>
        new(measuredMs, modelledMs, reading.IsStraddled) { IsSaturated = Saturation.IsReached(reading.Utilization, _options.SaturationUtilization) };

    private static PowerSample Power(in LoopState state, int index, in SidePower power)
    {
        var (side, reading) = (state.Side(index), state.Tick.Reading[index]);
        return power.Source == PowerSource.ConfiguredCap
            ? default
            : new PowerSample
            {
                WattsPerGpu = reading.WattsPerGpu,
                ScheduledTokens = reading.ScheduledTokens,
                ModelledWatts = power.Watts,
                CapWatts = reading.CapWatts,
                IsStraddled = reading.IsStraddled,
                IsProbing = side.Probe.IsPending,
                IsModelInvalid = !power.IsValid,
                IsHeldBelowDemand = !side.IsPlannedUncapped || IsHeldByRange(state, index, power),
            };
    }

    /// <summary>Whether the hardware allows less than the side is believed to want: no probe could prove that belief wrong.</summary>
    private static bool IsHeldByRange(in LoopState state, int index, in SidePower power)
    {
        var corrections = state.Learnt.Corrections.Values;
        var coefficient = state.IsAggregated ? corrections.PowerAggregated : index == 0 ? corrections.PowerPrefill : corrections.PowerDecode;
        return state.Fleet[index].CapLimits?.MaxWatts < power.Watts * coefficient;
    }

    /// <summary>Holds the tick against targets, capacity, plan and budget.</summary>
    private DriftSample Sample(in LoopState state)
    {
        bool? isBelowPlan = null;
        for (var i = 0; i < state.Fleet.Count && state.Targets.Exist; i++)
        {
            if ((state.Tick.Reading[i].ReadyReplicas ?? (state.Fleet[i].IsSeen ? state.Fleet[i].State?.Ready : null)) is { } ready)
            {
                isBelowPlan = (isBelowPlan ?? false) || ready < state.Targets[i].Replicas;
            }
        }

        var reading = state.Tick.Reading;
        return new DriftSample
        {
            TtftMs = reading.JudgedTtftMs,
            ItlMs = reading.JudgedItlMs,
            TokensPerSecond = reading.TokensPerSecond,
            TotalWatts = reading.TotalWatts,
            HasCapDrift = HasCapDrift(state),
            IsBelowPlan = isBelowPlan,
        };
    }

    private bool? HasCapDrift(in LoopState state)
    {
        if (state.Course.Plan is not { } plan || state.Course.Answer is not { } answer || !state.Course.IsPlanTargeted)
        {
            return null;
        }

        var corrections = state.Learnt.Corrections.Values;
        if (answer.AggregatedPower is { } engine)
        {
            return answer.OwnDecodeCapWatts is null && Drifts(engine, corrections.PowerAggregated, state.Fleet.First, plan.DecodeCapWatts);
        }

        return (answer.OwnPrefillCapWatts is null && Drifts(answer.PrefillPower, corrections.PowerPrefill, state.Fleet.First, plan.PrefillCapWatts))
            || (answer.OwnDecodeCapWatts is null && Drifts(answer.DecodePower, corrections.PowerDecode, state.Fleet.Second, plan.DecodeCapWatts));
    }

    private bool Drifts(in SidePower power, double coefficient, in RoleLedger role, int plannedCapWatts) =>
        CapDrift.Exceeds(power, coefficient, role.CapLimits, plannedCapWatts, _options.CapDriftThreshold);
}
