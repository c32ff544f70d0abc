using PowerPlanner.Control;
using PowerPlanner.Control.Loop;
using PowerPlanner.Control.Sweeps;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>
/// The canonical form of a world and a loop's state in 128 bits: instants by how many ticks ago they were, as far as anything asks; revisions by
/// their order; counters not at all. Two states of one key behave alike.
/// </summary>
internal struct StateKey
{
    // Ticks ago beyond which no bound of the options lies, but for those that are named where they are used.
    private const int Long = 3;

    private ulong _first;
    private ulong _second;
    private LoopState _state;

    public static UInt128 Of(TinyWorld world, in LoopState state, bool hasBegun)
    {
        var key = new StateKey { _first = 0x9E3779B97F4A7C15, _second = 0xC2B2AE3D27D4EB4F, _state = state };
        key.Add(hasBegun ? 1 : 0);
        key.Add(world.BudgetWatts);
        key.Add(world.IsExcused ? 1 : 0);
        for (var i = 0; i < world.Roles.Length; i++)
        {
            key.Add(world.Roles[i], state.Fleet[i]);
        }

        key.AddLoop(world.Roles[0].Rules);
        return new UInt128(key._first, key._second);
    }

    private void Add(TinyRole role, in RoleLedger ledger)
    {
        // The next revision is above all that the process knows. What counts is who of the rest is above whom, and above that.
        var newest = _state.Fleet.Revision;
        Add(ledger.NewestRevision.CompareTo(Math.Max(role.CapRevision, role.CountRevision)) + (role.CapRevision > newest ? 4 : 0) + (role.CountRevision > newest ? 8 : 0));
        Add(role.WantedReplicas | (role.WantedCapWatts << 8) | (role.IsCapForeign ? 1 << 30 : 0) | (role.IsCountForeign ? 1 << 29 : 0));
        Add(role.Range.Min);
        Add(role.Range.Max);
        Add(role.Replicas.Length);
        foreach (var replica in role.Replicas)
        {
            Add(replica.Code);
        }

        Add(role.Wire.Length);
        foreach (var command in role.Wire)
        {
            Add(((int)command.Kind << 20) | (command.Value << 1) | (command.IsForgotten ? 1 : 0));
            Add((role.IsVoid(command) ? 1 : 0) | (command.Revision > newest ? 2 : 0) | (role.Wire.Count(other => other.Kind == command.Kind && other.Revision < command.Revision) << 2));
        }

        Add(ledger);
    }

    private void Add(in RoleLedger role)
    {
        Add(role.State);
        Add((role.IsRead ? 1 : 0) | (role.IsSeen ? 2 : 0) | (role.IsCapRefused ? 4 : 0) | (role.IsGrowthHeld ? 8 : 0) | (role.LateReads << 4) | (Math.Min(role.UnansweredCaps, 2) << 8));
        Add(role.OpenCaps);
        Add(role.OpenReplicas);
        Add(role.Cap, isTimed: true);
        Add(role.Replicas, isTimed: false);
        Add(role.Superseded.CapWatts);
        Add(role.Superseded.CapWatts == 0 ? 0 : Math.Max(0, Ticks(role.Superseded.Until - _state.Now)));
        Add(role.ChargeFloorWatts);
        Add(role.CapLimits?.MinWatts ?? 0);
        Add(role.CapLimits?.MaxWatts ?? 0);
    }

    private void Add(RoleState? state)
    {
        if (state is null)
        {
            Add(-1);
            return;
        }

        Add(state.Ready | (state.Starting << 4) | (state.Terminating << 8) | (state.UnknownCapReplicas << 12));
        Add(state.EffectiveCapWatts ?? -1);
        Add(state.NewbornCap.Watts ?? -1);
        foreach (var count in state.CapCounts)
        {
            Add(count.CapWatts);
            Add(count.Replicas);
        }
    }

    private void Add(in OpenCommands open) => Add(open.Exist ? (1L << 40) | ((long)open.Highest << 20) | (uint)open.Lowest : 0);

    private void Add(in AnsweredCommand command, bool isTimed)
    {
        Add(command.Exists ? 1L + (command.Value << 4) + (command.IsOwn ? 2 : 0) + (command.WasInEffect ? 4 : 0) : 0);
        Add(command.Exists && isTimed ? Ago(command.At) : 0);
    }

    private void AddLoop(TinyRules rules)
    {
        var (watch, course, learnt) = (_state.Watch, _state.Course, _state.Learnt);
        Add((_state.IsStarted ? 1 : 0) | (_state.IsInherited ? 2 : 0) | (watch.IsSweepOwed ? 4 : 0) | (course.IsBestEffort ? 8 : 0) | (course.IsPlanTargeted ? 16 : 0) | (course.IsClamped ? 32 : 0) | (course.Revision == course.PlanRevision ? 64 : 0));
        Add(_state.Fleet.BudgetWatts ?? -1);
        Add(_state.Targets);
        Add(course.Plan);
        Add(course.Plan?.TotalWatts ?? 0);
        Add((long?)course.Infeasibility?.Reason ?? -1);
        Add(course.Infeasibility?.MinimumBudgetWatts ?? -1);
        Add(course.History);
        Add(watch.TransitionSince is { } since ? Ago(since) : -1);
        Add(watch.LastSuccess is { } success ? (int)Math.Clamp((_state.Now - success) / rules.Tick, 0, course.IsInfeasible ? NoBetterPlanBackoff.MostIntervals + 1 : 0) : -1);
        Add(watch.DisabledReason == DisabledReason.None ? 0 : 1);
        Add(watch.FailureBackoff.Failures);
        Add(watch.Drift.Violations);
        Add((long)watch.Drift.LastViolated);
        Add(watch.Drift.Readiness);
        Add(watch.Drift.Excess);
        Add((watch.Drift.IsExcessReported ? 1 : 0) | (watch.Drift.LastInstant is null ? 2 : 0));
        Add(watch.NoBetterPlan.Revision == course.Revision ? 1 : 0);
        foreach (var cause in watch.NoBetterPlan.Causes)
        {
            Add((long)cause.Signals);
            Add(Math.Min(cause.Sweeps, 5));
            Add(Math.Max(0, Ticks(cause.HeldUntil - _state.Now)));
        }

        Add(learnt.Clock.LastInstant == _state.Now ? 1 : 0);
        Add(learnt.EmptySince is { } empty ? Ago(empty) : -1);
        Add(learnt.Excess.Windows);
        Add(BitConverter.DoubleToInt64Bits(learnt.Excess.Ratio));
        Add(BitConverter.DoubleToInt64Bits(learnt.Excess.Windows > 0 ? learnt.Excess.LeastRatio : 0));
        for (var i = 0; i < _state.Fleet.Count; i++)
        {
            Add(_state.Side(i), rules);
        }

        if (rules.HasMeter)
        {
            Add(Ago(learnt.LastRead));
            Add(learnt.Clock.LastWindowEnd is { } end ? Ago(end) : -1);
        }
    }

    private void Add(in SideState side, TinyRules rules)
    {
        Add(side.EmptySince is { } empty ? Ago(empty) : -1);
        Add(side.PlannedLimits?.MinWatts ?? 0);
        Add(side.PlannedLimits?.MaxWatts ?? 0);
        if (!rules.HasMeter)
        {
            return;
        }

        // Windows are a tick long and end now: of changes, only those of the last tick matter.
        Add(Half(side.Changes.Newest));
        Add(Half(side.Changes.Second));
        Add(Half(side.Changes.Third));
        Add(Half(side.Changes.Fourth));
        var enforcement = side.Enforcement;
        Add((enforcement.IsNotEnforced ? 1 : 0) | (enforcement.AgreeingDraws << 4) | (enforcement.AgreeingLimits << 8));
        Add(enforcement.DrawFloorWatts);
        Add(BitConverter.DoubleToInt64Bits(enforcement.Draws.Last));
        Add(BitConverter.DoubleToInt64Bits(enforcement.Draws.Former));
    }

    private void Add(in FleetTargets targets)
    {
        Add(targets.Exist ? 1 : 0);
        Add(targets.First.Replicas);
        Add(targets.First.CapWatts ?? -1);
        Add(targets.Second.Replicas);
        Add(targets.Second.CapWatts ?? -1);
    }

    private void Add(PowerPlan? plan)
    {
        if (plan is null)
        {
            Add(-1);
            return;
        }

        Add(PlanIdentity.Of(plan));
    }

    private void Add(in PlanIdentity plan) =>
        Add((long)plan.PrefillReplicas + ((long)plan.DecodeReplicas << 4) + ((long)plan.PrefillCapWatts << 8) + ((long)plan.DecodeCapWatts << 24));

    // Which plans were seen, the newest last; how often each was is not told apart.
    private void Add(in PlanHistory history)
    {
        var plans = history.Plans;
        for (var i = 0; i < plans.Length; i++)
        {
            var isLast = true;
            for (var j = i + 1; j < plans.Length && isLast; j++)
            {
                isLast = plans[j] != plans[i];
            }

            if (isLast)
            {
                Add(plans[i]);
            }
        }

        Add(-2);
    }

    private void Add(in TickCount count) => Add(Math.Min(count.Ticks, Long) | (count.SilentTicks << 8));

    private readonly int Ago(TimeSpan instant) => Math.Clamp(Ticks(_state.Now - instant), -1, Long);

    private readonly int Half(TimeSpan? instant) => instant is { } at ? (int)Math.Clamp(2 * ((_state.Now - at) / TimeSpan.FromSeconds(60)), -1, 4) : 4;

    private static int Ticks(TimeSpan time) => (int)(time / TimeSpan.FromSeconds(60));

    private void Add(long value)
    {
        _first = (_first ^ (ulong)value) * 0xFF51AFD7ED558CCD;
        _first ^= _first >> 32;
        _second = (ulong.RotateLeft(_second, 23) + (ulong)value) * 0x9FB21C651E98DF25;
        _second ^= _second >> 29;
    }
}
