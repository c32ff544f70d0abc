using PowerPlanner.Control.Loop;
using PowerPlanner.Feedback;
using PowerPlanner.Performance;
using PowerPlanner.Planning;

namespace PowerPlanner.Control.Snapshots;

/// <summary>Checks a snapshot whose text is intact: values that no controller can have must not come to life.</summary>
internal static class SnapshotCheck
{
    private const long Most = 1L << 50;

    /// <exception cref="InvalidSnapshotException">A value is impossible.</exception>
    public static void ThrowIfImpossible(in LoopMemory memory)
    {
        Defined(memory.Mode);
        Defined(memory.DisabledReason);
        foreach (var kind in Enum.GetValues<CorrectionKind>())
        {
            var value = memory.Corrections[kind].Value;
            Require(value is >= Corrections.Minimum and <= Corrections.Maximum, $"corrections.{kind}", value, "0.5 to 2");
        }

        Count("budgetWatts", memory.BudgetWatts ?? 1, 1);
        Count("failureBackoff.failures", memory.FailureBackoff.Failures);
        Count("commandRevision", memory.CommandRevision);
        Count("thresholdGeneration", memory.ThresholdGeneration);
        Require(memory.EstimatedTokensPerSecond >= 0 && double.IsFinite(memory.EstimatedTokensPerSecond), "estimatedTokensPerSecond", memory.EstimatedTokensPerSecond, "finite and at least 0");
        Require(memory.NameplateWatts is null or > 0, "nameplateWatts", memory.NameplateWatts ?? 0, "greater than 0");
        Side("first", memory.First);
        Side("second", memory.Second);
        if (memory.Plan is { } plan)
        {
            Plan(plan);
        }

        Require(!memory.IsPlanTargeted || (memory.Plan is not null && memory.Answer is not null && memory.HasTargets), "isPlanTargeted", 1, "false without a plan");
        Require(!memory.History.IsDefault && !memory.NoBetterPlan.IsDefault, "history, noBetterPlan", 0, "arrays");
        var counters = memory.Counters;
        long[] counts = [counters.Exceptions, counters.CorrectionPegged, counters.PowerClamped, counters.CapClamped, counters.ThroughputRegression, counters.PartialAdmission, counters.FailedAdmission, counters.MaxBatchedTokensUnavailable, counters.StaleObservations, counters.InvalidObservations, counters.Sweeps, counters.FailedCommands];
        foreach (var count in counts)
        {
            Count("counters", count);
        }
    }

    private static void Side(string name, in SideMemory side)
    {
        Count($"{name}.target.replicas", side.Target.Replicas);
        Count($"{name}.target.capWatts", side.Target.CapWatts ?? 1, 1);
        Count($"{name}.pendingCap.value", side.PendingCap.Value);
        Count($"{name}.pendingReplicas.value", side.PendingReplicas.Value);
        Count($"{name}.pendingCap.revision", side.PendingCap.Revision);
        Count($"{name}.pendingReplicas.revision", side.PendingReplicas.Revision);
        Count($"{name}.pendingCap.least", side.PendingCap.Least ?? 0);
        Count($"{name}.pendingReplicas.least", side.PendingReplicas.Least ?? 0);
        Count($"{name}.chargeFloorWatts", side.ChargeFloorWatts);
        Count($"{name}.newestRevision", side.NewestRevision);
    }

    private static void Plan(PowerPlan plan)
    {
        Defined(plan.Mode);
        Count("plan.isl", plan.Isl, 1);
        Count("plan.osl", plan.Osl, 1);
        Count("plan.prefillReplicas", plan.PrefillReplicas);
        Count("plan.decodeReplicas", plan.DecodeReplicas);
        Count("plan.prefillCapWatts", plan.PrefillCapWatts, 1);
        Count("plan.decodeCapWatts", plan.DecodeCapWatts, 1);
        Count("plan.decodeBatch", plan.DecodeBatch, 1);
        Count("plan.totalWatts", plan.TotalWatts);
        Count("plan.totalGpus", plan.TotalGpus);
        Require(plan.TtftMs > 0 && double.IsFinite(plan.TtftMs), "plan.ttftMs", plan.TtftMs, "finite and greater than 0");
        Require(plan.ItlMs > 0 && double.IsFinite(plan.ItlMs), "plan.itlMs", plan.ItlMs, "finite and greater than 0");
        Require(plan.ThroughputTokensPerSecond >= 0 && double.IsFinite(plan.ThroughputTokensPerSecond), "plan.throughputTokensPerSecond", plan.ThroughputTokensPerSecond, "finite and at least 0");
        Require(plan.Mode == DeploymentMode.Aggregated || plan.RequestsPerSecondPerPrefillReplica is > 0, "plan.requestsPerSecondPerPrefillReplica", plan.RequestsPerSecondPerPrefillReplica ?? 0, "greater than 0");
        Require(plan.Mode == DeploymentMode.Disaggregated || plan.AggregatedPower is not null, "plan.aggregatedPower", 0, "present in aggregated mode");
    }

    private static void Count(string field, long value, long least = 0) =>
        Require(value >= least && value <= Most, field, value, FormattableString.Invariant($"{least} to {Most}"));

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
