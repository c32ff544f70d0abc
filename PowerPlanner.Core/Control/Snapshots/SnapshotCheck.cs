using PowerPlanner.Control.Loop;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Performance;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Control.Snapshots;

/// <summary>Checks a snapshot whose text is intact: values that no controller can have must not come to life.</summary>
internal static class SnapshotCheck
{
    private const long Most = 1L << 50;
    private const int MostWatts = 1_000_000_000;
    private const int MostReplicas = 1_000_000;

    // Clocks of processes that ran for centuries are none.
    private static readonly TimeSpan LongestAgo = TimeSpan.FromDays(400_000);

    /// <exception cref="InvalidSnapshotException">A value is impossible.</exception>
    public static void ThrowIfImpossible(in LoopState state)
    {
        Facts(state.Facts);
        Instant("now", state.Now);
        Require(state.Fleet.Count == (state.Facts.Mode == DeploymentMode.Disaggregated ? 2 : 1), "fleet.count", state.Fleet.Count, "the roles of the mode");
        Learnt(state.Learnt);
        Watch(state.Watch);
        Course(state.Course, state.Targets, state.Facts);
        Fleet(state.Fleet);
        for (var i = 0; i < 2; i++)
        {
            Side(i == 0 ? "first" : "second", state.Side(i), state.Targets[i]);
        }

        Count("desk.generation", state.Desk.Generation);
        Count("desk.newest", state.Desk.Newest);
        Count("desk.lastSent", state.Desk.LastSent);
        Counters(state.Counters);
    }

    private static void Facts(in ProblemFacts facts)
    {
        Defined(facts.Mode);
        Defined(facts.Objective);
        Defined(facts.ReplicaPolicy);
        Count("facts.isl", facts.Isl, 1);
        Count("facts.osl", facts.Osl, 1);
        Positive("facts.ttftTargetMs", facts.TtftTargetMs);
        Positive("facts.itlTargetMs", facts.ItlTargetMs);
        Count("facts.minPrefillReplicas", facts.MinPrefillReplicas);
        Count("facts.minDecodeReplicas", facts.MinDecodeReplicas);
    }

    private static void Learnt(in Learnt learnt)
    {
        foreach (var kind in Enum.GetValues<CorrectionKind>())
        {
            var value = learnt.Corrections[kind].Value;
            Require(value is >= Corrections.Minimum and <= Corrections.Maximum, $"learnt.corrections.{kind}", value, "0.5 to 2");
            Instant($"learnt.corrections.{kind}.peggedSince", learnt.Corrections[kind].PeggedSince);
        }

        Instant("learnt.clock.lastInstant", learnt.Clock.LastInstant);
        Instant("learnt.clock.lastWindowEnd", learnt.Clock.LastWindowEnd);
        Instant("learnt.lastRead", learnt.LastRead);
        Instant("learnt.emptySince", learnt.EmptySince);
        Count("learnt.unreadTicks", learnt.UnreadTicks);
        Require(learnt.NameplateWatts is null or (> 0 and <= MostWatts), "learnt.nameplateWatts", learnt.NameplateWatts ?? 0, "greater than 0 and at most 1e9");
        Require(learnt.Excess is { Ratio: >= 0 and <= 10, LeastRatio: >= 0 and <= 10 }, "learnt.excess", learnt.Excess.Ratio, "0 to 10");
    }

    private static void Watch(in Watch watch)
    {
        Defined(watch.DisabledReason);
        Count("watch.failureBackoff.failures", watch.FailureBackoff.Failures);
        Instant("watch.failureBackoff.retryAt", watch.FailureBackoff.RetryAt);
        Instant("watch.drift.lastInstant", watch.Drift.LastInstant);
        Instant("watch.lastSuccess", watch.LastSuccess);
        Instant("watch.disabledAt", watch.DisabledAt);
        Instant("watch.transitionSince", watch.TransitionSince);
        Require(watch.DisabledReason == DisabledReason.None || watch.DisabledAt is not null, "watch.disabledAt", 0, "present while the optimizer is off");
        Require(watch.NoBetterPlan.Causes.Length <= 64, "watch.noBetterPlan.causes", watch.NoBetterPlan.Causes.Length, "at most 64 causes");
        foreach (var cause in watch.NoBetterPlan.Causes)
        {
            Require((int)cause.Signals is > 0 and < 64, "watch.noBetterPlan.causes.signals", (int)cause.Signals, "a set of known signals");
            Count("watch.noBetterPlan.causes.sweeps", cause.Sweeps, 1);
        }
    }

    private static void Course(in Course course, in FleetTargets targets, in ProblemFacts facts)
    {
        Require(course.EstimatedTokensPerSecond >= 0 && double.IsFinite(course.EstimatedTokensPerSecond), "course.estimatedTokensPerSecond", course.EstimatedTokensPerSecond, "finite and at least 0");
        Require(!course.IsPlanTargeted || (course.Plan is not null && course.Answer is not null && targets.Exist), "course.isPlanTargeted", 1, "false without a plan");
        Require(course.History.Plans.Length <= Sweeps.PlanHistory.Length, "course.history", course.History.Plans.Length, "at most 8 plans");
        Count("course.moves", course.Moves, 0, 100);
        Instant("course.lastMove", course.LastMove);
        Count("course.revision", course.Revision);
        Count("course.planRevision", course.PlanRevision);
        if (course.Plan is { } plan)
        {
            Plan(plan, facts);
        }

        if (course.Answer is { } answer)
        {
            Answer(answer, facts);
        }

        Limits(course.PlanLimits);
        Limits(course.PlannedUnder);
        foreach (var value in (ReadOnlySpan<double>)[course.PlannedWith.Ttft, course.PlannedWith.Itl, course.PlannedWith.PowerPrefill, course.PlannedWith.PowerDecode, course.PlannedWith.PowerAggregated])
        {
            Require(value is >= Corrections.Minimum and <= Corrections.Maximum, "course.plannedWith", value, "0.5 to 2");
        }

        if (course.Infeasibility is { } missed)
        {
            Defined(missed.Reason);
        }
    }

    private static void Answer(in OperatingPointAnswer answer, in ProblemFacts facts)
    {
        Positive("course.answer.ttftMs", answer.TtftMs);
        Positive("course.answer.itlMs", answer.ItlMs);
        Power("course.answer.prefillPower", answer.PrefillPower);
        Power("course.answer.decodePower", answer.DecodePower);
        Require(facts.Mode == DeploymentMode.Disaggregated == answer.AggregatedPower is null, "course.answer.aggregatedPower", 0, "present in aggregated mode, and only there");
        if (answer.AggregatedPower is { } engine)
        {
            Power("course.answer.aggregatedPower", engine);
        }

        Count("course.answer.ownPrefillCapWatts", answer.OwnPrefillCapWatts ?? 1, 1, MostWatts);
        Count("course.answer.ownDecodeCapWatts", answer.OwnDecodeCapWatts ?? 1, 1, MostWatts);
    }

    private static void Power(string name, in SidePower power)
    {
        Defined(power.Source);
        Positive($"{name}.watts", power.Watts);
        Require(power.Watts <= MostWatts, $"{name}.watts", power.Watts, "at most 1e9");
    }

    private static void Limits(in PlanningLimits limits)
    {
        Count("course.planLimits.budgetWatts", limits.BudgetWatts ?? 1);
        Count("course.planLimits.gpuBudget", limits.GpuBudget ?? 0);
        Count("course.planLimits.prefillChargeFloorWatts", limits.PrefillChargeFloorWatts ?? 1, 1, MostWatts);
        Count("course.planLimits.decodeChargeFloorWatts", limits.DecodeChargeFloorWatts ?? 1, 1, MostWatts);
    }

    private static void Fleet(in FleetLedger fleet)
    {
        Count("fleet.budgetWatts", fleet.BudgetWatts ?? 1, 1);
        Count("fleet.gpuBudget", fleet.GpuBudget ?? 0);
        Count("fleet.revision", fleet.Revision);
        Count("fleet.peakWatts", fleet.PeakWatts);
        Role("fleet.first", fleet.First);
        Role("fleet.second", fleet.Second);
    }

    private static void Role(string name, in RoleLedger role)
    {
        Defined(role.Role);
        if (role.State is { } state)
        {
            try
            {
                RoleStates.ThrowIfImpossible(state, role.Role);
            }
            catch (InvalidOperationException impossible)
            {
                throw new InvalidSnapshotException($"The snapshot's {name}.state is impossible: {impossible.Message}");
            }
        }

        Count($"{name}.plannedGpusPerReplica", role.PlannedGpusPerReplica, 0, MostReplicas);
        Count($"{name}.unknownCapWatts", role.UnknownCapWatts, 0, MostWatts);
        Count($"{name}.nameplateWatts", role.NameplateWatts, 0, MostWatts);
        Count($"{name}.nonGpuWattsPerGpu", role.NonGpuWattsPerGpu, 0, MostWatts);
        Count($"{name}.leastReplicas", role.LeastReplicas, 0, MostReplicas);
        Count($"{name}.chargeFloorWatts", role.ChargeFloorWatts, 0, MostWatts);
        Count($"{name}.agreedReplicas", role.AgreedReplicas ?? 0, 0, MostReplicas);
        Count($"{name}.newestRevision", role.NewestRevision);
        Open($"{name}.openCaps", role.OpenCaps, MostWatts);
        Open($"{name}.openReplicas", role.OpenReplicas, MostReplicas);
        Count($"{name}.cap.value", role.Cap.Value, role.Cap.Exists ? 1 : 0, MostWatts);
        Count($"{name}.replicas.value", role.Replicas.Value, 0, MostReplicas);
        Count($"{name}.shrunk.replicas", role.Shrunk.Replicas, 0, MostReplicas);
        Count($"{name}.shrunk.revision", role.Shrunk.Revision);
        Count($"{name}.superseded.capWatts", role.Superseded.CapWatts, 0, MostWatts);
        Instant($"{name}.cap.at", role.Cap.At);
        Instant($"{name}.cap.since", role.Cap.Since);
        Instant($"{name}.replicas.since", role.Replicas.Since);
        Instant($"{name}.replicas.at", role.Replicas.At);
        Instant($"{name}.superseded.until", role.Superseded.Until);
    }

    private static void Open(string name, in OpenCommands open, int most)
    {
        Count($"{name}.revision", open.Revision);
        Count($"{name}.lowest", open.Lowest, 0, most);
        Count($"{name}.highest", open.Highest, open.Lowest, most);
    }

    private static void Side(string name, in SideState side, in RoleTarget target)
    {
        Count($"targets.{name}.replicas", target.Replicas, 0, MostReplicas);
        Count($"targets.{name}.capWatts", target.CapWatts ?? 1, 1, MostWatts);
        Count($"{name}.enforcement.floorWatts", side.Enforcement.FloorWatts, 0, MostWatts);
        Count($"{name}.clampedCapWatts", side.ClampedCapWatts, 0, MostWatts);
        Defined(side.ClampedDirection);
        Instant($"{name}.emptySince", side.EmptySince);
    }

    private static void Plan(PowerPlan plan, in ProblemFacts facts)
    {
        Require(plan.Mode == facts.Mode, "course.plan.mode", (int)plan.Mode, "the mode of the problem");
        Count("course.plan.isl", plan.Isl, 1);
        Count("course.plan.osl", plan.Osl, 1);
        Count("course.plan.prefillReplicas", plan.PrefillReplicas, 0, MostReplicas);
        Count("course.plan.decodeReplicas", plan.DecodeReplicas, 0, MostReplicas);
        Count("course.plan.prefillCapWatts", plan.PrefillCapWatts, 1, MostWatts);
        Count("course.plan.decodeCapWatts", plan.DecodeCapWatts, 1, MostWatts);
        Count("course.plan.decodeBatch", plan.DecodeBatch, 1);
        Count("course.plan.totalWatts", plan.TotalWatts);
        Count("course.plan.totalGpus", plan.TotalGpus);
        Positive("course.plan.ttftMs", plan.TtftMs);
        Positive("course.plan.itlMs", plan.ItlMs);
        Power("course.plan.prefillPower", plan.PrefillPower);
        Power("course.plan.decodePower", plan.DecodePower);
        Require(plan.RequestsPerSecondPerDecodeReplica > 0 && double.IsFinite(plan.RequestsPerSecondPerDecodeReplica), "course.plan.requestsPerSecondPerDecodeReplica", plan.RequestsPerSecondPerDecodeReplica, "finite and greater than 0");
        Require(plan.ThroughputTokensPerSecond >= 0 && double.IsFinite(plan.ThroughputTokensPerSecond), "course.plan.throughputTokensPerSecond", plan.ThroughputTokensPerSecond, "finite and at least 0");
        Require(plan.Mode == DeploymentMode.Aggregated || plan.RequestsPerSecondPerPrefillReplica is > 0, "course.plan.requestsPerSecondPerPrefillReplica", plan.RequestsPerSecondPerPrefillReplica ?? 0, "greater than 0");
        Require(plan.Mode == DeploymentMode.Disaggregated || plan.AggregatedPower is not null, "course.plan.aggregatedPower", 0, "present in aggregated mode");
    }

    private static void Counters(in ControllerCounters counters)
    {
        long[] counts = [counters.Exceptions, counters.CorrectionPegged, counters.PowerClamped, counters.CapClamped, counters.ThroughputRegression, counters.PartialAdmission, counters.FailedAdmission, counters.NoFrontends, counters.MaxBatchedTokensUnavailable, counters.StaleObservations, counters.InvalidObservations, counters.Sweeps, counters.FailedCommands];
        foreach (var count in counts)
        {
            Count("counters", count);
        }
    }

    private static void Count(string field, long value, long least = 0, long most = Most) =>
        Require(value >= least && value <= most, field, value, FormattableString.Invariant($"{least} to {most}"));

    private static void Positive(string field, double value) => Require(value > 0 && double.IsFinite(value), field, value, "finite and greater than 0");

    private static void Instant(string field, TimeSpan? instant) =>
        Require(instant is not { } value || value.Duration() <= LongestAgo, field, instant?.TotalSeconds ?? 0, "an instant within a thousand years");

    private static void Defined<T>(T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new InvalidSnapshotException($"The snapshot's {typeof(T).Name} is {value}; it must be one of {string.Join(", ", Enum.GetNames<T>())}.");
        }
    }

    private static void Require(bool holds, string field, double value, string allowed)
    {
        if (!holds)
        {
            throw new InvalidSnapshotException(FormattableString.Invariant($"The snapshot's {field} is {value}; allowed is {allowed}."));
        }
    }
}
