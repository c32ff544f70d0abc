using System.Collections.Immutable;
using PowerPlanner.Admission;
using PowerPlanner.Control.Sweeps;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;
using PowerPlanner.Planning;

namespace PowerPlanner.Control.Loop;

/// <summary>
/// What the loop must not lose: a copy of its state at one instant. Instants are elapsed times on the controller's clock;
/// <see cref="Now"/> says when the copy was made.
/// </summary>
internal readonly record struct LoopMemory
{
    public DateTimeOffset Taken { get; init; }

    public TimeSpan Now { get; init; }

    public bool IsStarted { get; init; }

    public DeploymentMode Mode { get; init; }

    public long? BudgetWatts { get; init; }

    public CorrectionState Corrections { get; init; }

    public DriftState Drift { get; init; }

    public FailureBackoff FailureBackoff { get; init; }

    public ObservationClock Clock { get; init; }

    public ControllerCounters Counters { get; init; }

    public TimeSpan? LastSuccess { get; init; }

    public TimeSpan? DisabledAt { get; init; }

    public TimeSpan? TransitionSince { get; init; }

    public DisabledReason DisabledReason { get; init; }

    public PowerPlan? Plan { get; init; }

    public OperatingPointAnswer? Answer { get; init; }

    public PlanningLimits PlanLimits { get; init; }

    public Infeasibility? Infeasibility { get; init; }

    public bool IsBestEffort { get; init; }

    public bool IsPlanTargeted { get; init; }

    public bool HasTargets { get; init; }

    public bool IsSweepOwed { get; init; }

    public double EstimatedTokensPerSecond { get; init; }

    public double? NameplateWatts { get; init; }

    public SideMemory First { get; init; }

    public SideMemory Second { get; init; }

    public long CommandRevision { get; init; }

    public AdmissionThresholds? CurrentThresholds { get; init; }

    public AdmissionThresholds? FinalThresholds { get; init; }

    public long ThresholdGeneration { get; init; }

    public ImmutableArray<PlanIdentity> History { get; init; }

    public ImmutableArray<NoBetterPlanCause> NoBetterPlan { get; init; }
}

/// <summary>What the loop must not lose of one role.</summary>
internal readonly record struct SideMemory(RoleTarget Target, PendingCommand PendingCap, PendingCommand PendingReplicas, int ChargeFloorWatts, bool IsCapNotEnforced, bool IsPlannedUncapped, long NewestRevision = 0);
