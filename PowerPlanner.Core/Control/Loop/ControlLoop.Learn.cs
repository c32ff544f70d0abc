using PowerPlanner.Feedback;
using PowerPlanner.Power;

namespace PowerPlanner.Control.Loop;

internal sealed partial class ControlLoop
{
    private void Learn(TimeSpan now, bool isInOrder)
    {
        foreach (var side in _sides)
        {
            ForgiveEmpty(side, now);
        }

        if (!isInOrder || _reading.Window is null)
        {
            return;
        }

        foreach (var side in _sides)
        {
            LearnCap(side);
        }

        if (IsDisabled || _answer is not { } answer)
        {
            return;
        }

        var sample = new CorrectionSample
        {
            Requests = _reading.Requests,
            Ttft = new LatencySample(ReadingGuard.WithoutQueueingMs(_reading.TtftMs, _reading.QueueingMs), answer.TtftMs, IsFrozen(_sides[0])),
            Itl = new LatencySample(_reading.ItlMs, answer.ItlMs, IsFrozen(_sides[^1])),
            PowerPrefill = IsAggregated ? default : Power(_sides[0], answer.PrefillPower),
            PowerDecode = IsAggregated ? default : Power(_sides[1], answer.DecodePower),
            PowerAggregated = IsAggregated ? Power(_sides[0], answer.AggregatedPower!.Value) : default,
        };
        var before = _corrections;
        _corrections = _corrections.Update(sample, now, _options.PowerLimitedBand, out var events);
        var pegged = _report.Corrected(sample, events, before, _corrections, _sides[0].Reading.Utilization, _sides[^1].Reading.Utilization);
        if (pegged > 0)
        {
            _counters = _counters with { CorrectionPegged = _counters.CorrectionPegged + pegged };
        }
    }

    /// <summary>
    /// A role without replicas draws nothing that could show that its caps hold again, and must not grow before they do: after an interval it
    /// gets another chance.
    /// </summary>
    private void ForgiveEmpty(Side side, TimeSpan now)
    {
        if (!side.IsCapNotEnforced || side.Ledger.ChargedReplicas > 0)
        {
            side.EmptySince = null;
            return;
        }

        side.EmptySince ??= now;
        if (now - side.EmptySince >= _options.ReoptimizeInterval)
        {
            side.IsCapNotEnforced = false;
            side.Ledger.ChargeFloorWatts = 0;
            side.EmptySince = null;
            _isSweepOwed = true;
        }
    }

    private void LearnCap(Side side)
    {
        var reading = side.Reading;
        side.IsPowerLimited = reading.Kind == PowerReadingKind.PowerLimited;
        var wasNotEnforced = side.IsCapNotEnforced;
        side.IsCapNotEnforced = PowerReading.IsUnenforced(wasNotEnforced, reading.Kind);
        var cap = reading.CapWatts ?? side.Ledger.EffectiveCapWatts;
        side.Ledger.ChargeFloorWatts = side.IsCapNotEnforced ? PowerReading.ChargedWatts(cap, reading.WattsPerGpu, _nameplateWatts) : 0;
        _report.CapReading(side.Role, side.IsPowerLimited, side.IsCapNotEnforced, reading.WattsPerGpu, cap);
    }

    private bool IsFrozen(Side side) =>
        side.Reading.IsStraddled || Saturation.IsReached(side.Reading.Utilization, _options.SaturationUtilization);

    private static PowerSample Power(Side side, in SidePower power) => power.Source == PowerSource.ConfiguredCap
        ? default
        : new PowerSample
        {
            WattsPerGpu = side.Reading.WattsPerGpu,
            ScheduledTokens = side.Reading.ScheduledTokens,
            ModelledWatts = power.Watts,
            CapWatts = side.Reading.CapWatts,
            IsStraddled = side.Reading.IsStraddled,
            IsProbing = side.Probe.IsPending,
            IsModelInvalid = !power.IsValid,
        };

    /// <summary>Holds the tick against targets, capacity, plan and budget.</summary>
    private DriftSample Sample()
    {
        bool? isBelowPlan = null;
        for (var i = 0; i < _sides.Length && _hasTargets; i++)
        {
            if ((_sides[i].Reading.ReadyReplicas ?? (_isFleetRead ? _sides[i].Ledger.State?.Ready : null)) is { } ready)
            {
                isBelowPlan = (isBelowPlan ?? false) || ready < _targets[i].Replicas;
            }
        }

        return new DriftSample
        {
            TtftMs = _reading.JudgedTtftMs,
            ItlMs = _reading.JudgedItlMs,
            TokensPerSecond = _reading.TokensPerSecond,
            TotalWatts = _reading.TotalWatts,
            HasCapDrift = HasCapDrift(),
            IsBelowPlan = isBelowPlan,
        };
    }

    private bool? HasCapDrift()
    {
        if (_plan is not { } plan || _answer is not { } answer || !_isPlanTargeted)
        {
            return null;
        }

        var corrections = _corrections.Values;
        if (answer.AggregatedPower is { } engine)
        {
            return answer.OwnDecodeCapWatts is null && Drifts(engine, corrections.PowerAggregated, _sides[0], plan.DecodeCapWatts);
        }

        return (answer.OwnPrefillCapWatts is null && Drifts(answer.PrefillPower, corrections.PowerPrefill, _sides[0], plan.PrefillCapWatts))
            || (answer.OwnDecodeCapWatts is null && Drifts(answer.DecodePower, corrections.PowerDecode, _sides[1], plan.DecodeCapWatts));
    }

    private bool Drifts(in SidePower power, double coefficient, Side side, int plannedCapWatts) =>
        CapDrift.Exceeds(power, coefficient, side.Ledger.CapLimits, plannedCapWatts, _options.CapDriftThreshold);
}
