using System.Collections.Immutable;
using PowerPlanner.Control.Sweeps;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

internal sealed partial class ControlLoop
{
    private readonly Lock _memoryLock = new();
    private LoopMemory _memory;
    private ImmutableArray<PlanIdentity> _historyCopy = [];
    private ImmutableArray<NoBetterPlanCause> _noBetterCopy = [];

    /// <summary>What must survive, as of the last command or tick. Safe from any thread; the lock is never held across I/O.</summary>
    public LoopMemory Recall()
    {
        lock (_memoryLock)
        {
            return _memory;
        }
    }

    /// <summary>Takes a snapshot's state over; before the start.</summary>
    public void Restore(in LoopMemory memory)
    {
        // Instants of the old clock, moved so that what was s seconds ago then is that and the time between ago now.
        var away = _time.GetUtcNow() - memory.Taken;
        var shift = Now - memory.Now - (away > TimeSpan.Zero ? away : TimeSpan.Zero);
        _isRestored = memory.IsStarted;
        _ledger.BudgetWatts = memory.BudgetWatts;
        _corrections = Shift(memory.Corrections, shift);
        _drift = memory.Drift with { LastInstant = memory.Drift.LastInstant + shift };
        _failureBackoff = memory.FailureBackoff with { RetryAt = memory.FailureBackoff.RetryAt + shift };
        _counters = memory.Counters;
        _reader.Restore(new ObservationClock(memory.Clock.LastInstant + shift, memory.Clock.LastWindowEnd + shift), memory.Counters.InvalidObservations, memory.Counters.StaleObservations);
        _lastSuccess = memory.LastSuccess + shift;
        _disabledAt = memory.DisabledAt + shift;
        _transitionSince = memory.TransitionSince + shift;
        _disabledReason = memory.DisabledReason;
        _plan = memory.Plan;
        _answer = memory.Answer;
        _planLimits = memory.PlanLimits;
        _infeasibility = memory.Infeasibility;
        _isBestEffort = memory.IsBestEffort;
        _isPlanTargeted = memory.IsPlanTargeted;
        _hasTargets = memory.HasTargets;
        _isSweepOwed = memory.IsSweepOwed;
        _estimatedTokensPerSecond = memory.EstimatedTokensPerSecond;
        _nameplateWatts = memory.NameplateWatts;
        _writer.Revision = memory.CommandRevision;
        _desk.Restore(memory.CurrentThresholds, memory.FinalThresholds, memory.ThresholdGeneration);
        foreach (var plan in memory.History)
        {
            _history.Add(plan);
        }

        var causes = memory.NoBetterPlan.Select(cause => cause with { HeldUntil = cause.HeldUntil + shift }).ToArray();
        _noBetter.Restore(_revision, causes);
        for (var i = 0; i < _sides.Length; i++)
        {
            var side = i == 0 ? memory.First : memory.Second;
            _targets[i] = side.Target;
            _sides[i].Ledger.Restore(Shift(side.PendingCap, shift), Shift(side.PendingReplicas, shift), side.NewestRevision);
            _sides[i].Ledger.NameplateWatts = (int)Math.Min(int.MaxValue, Math.Ceiling(memory.NameplateWatts ?? 0));
            _sides[i].Ledger.ChargeFloorWatts = side.ChargeFloorWatts;
            _sides[i].IsCapNotEnforced = side.IsCapNotEnforced;
            _sides[i].IsPlannedUncapped = side.IsPlannedUncapped;
            _sides[i].PlannedLimits = _sides[i].Role == FleetRole.Prefill ? memory.PlanLimits.PrefillCapLimits : memory.PlanLimits.DecodeCapLimits;
        }

        CopySweeps();
        Persist();
        _report.SnapshotRestored(memory.Taken);
    }

    private static CorrectionState Shift(in CorrectionState state, TimeSpan shift) => new(
        Shift(state.Ttft, shift),
        Shift(state.Itl, shift),
        Shift(state.PowerPrefill, shift),
        Shift(state.PowerDecode, shift),
        Shift(state.PowerAggregated, shift));

    private static CoefficientState Shift(in CoefficientState state, TimeSpan shift) => state with { PeggedSince = state.PeggedSince + shift };

    private static PendingCommand Shift(in PendingCommand command, TimeSpan shift) => command with { SentAt = command.SentAt + shift };

    /// <summary>What only sweeps change is copied by sweeps, so that a tick without one copies values alone.</summary>
    private void CopySweeps()
    {
        _historyCopy = [.. _history.Export()];
        _noBetterCopy = _noBetter.Export();
    }

    private void Persist()
    {
        lock (_memoryLock)
        {
            _memory = new LoopMemory
            {
                Taken = _time.GetUtcNow(),
                Now = Now,
                IsStarted = _isStarted,
                Mode = _problem.Mode,
                BudgetWatts = _ledger.BudgetWatts,
                Corrections = _corrections,
                Drift = _drift,
                FailureBackoff = _failureBackoff,
                Clock = _reader.Clock,
                Counters = _counters with { InvalidObservations = _reader.Invalid, StaleObservations = _reader.Stale },
                LastSuccess = _lastSuccess,
                DisabledAt = _disabledAt,
                TransitionSince = _transitionSince,
                DisabledReason = _disabledReason,
                Plan = _plan,
                Answer = _answer,
                PlanLimits = _planLimits,
                Infeasibility = _infeasibility,
                IsBestEffort = _isBestEffort,
                IsPlanTargeted = _isPlanTargeted,
                HasTargets = _hasTargets,
                IsSweepOwed = _isSweepOwed,
                EstimatedTokensPerSecond = _estimatedTokensPerSecond,
                NameplateWatts = _nameplateWatts,
                First = Remember(0),
                Second = _sides.Length > 1 ? Remember(1) : default,
                CommandRevision = _writer.Revision,
                CurrentThresholds = _desk.Current,
                FinalThresholds = _desk.Final,
                ThresholdGeneration = _desk.Generation,
                History = _historyCopy,
                NoBetterPlan = _noBetterCopy,
            };
        }
    }

    private SideMemory Remember(int side) => new(
        // A cap on trial is not what the side is to have.
        _sides[side].Probe is { IsPending: true, FormerCapWatts: var cap } ? _targets[side] with { CapWatts = cap } : _targets[side],
        _sides[side].Ledger.PendingCap,
        _sides[side].Ledger.PendingReplicas,
        _sides[side].Ledger.ChargeFloorWatts,
        _sides[side].IsCapNotEnforced,
        _sides[side].IsPlannedUncapped,
        _sides[side].Ledger.NewestRevision);
}
