using PowerPlanner.Control.Transitions;

namespace PowerPlanner.Control.Loop;

// What the fleet is to become, and what that costs.
internal sealed partial class LoopCore
{
    private static void Target(ref LoopState state, int index, in RoleTarget target, bool isUncapped)
    {
        state = state with { Targets = state.Targets.With(index, target) };
        state = state.WithSide(index, state.Side(index) with { Probe = state.Side(index).Probe.GivenUp(), IsPlannedUncapped = isUncapped });
    }

    /// <summary>What runs stays although it does not fit, as the policy wants it; under the lowest caps, if it wants that too.</summary>
    private void StayOverBudget(ref LoopState state)
    {
        state = state with { Course = state.Course with { IsPlanTargeted = false } };
        for (var i = 0; i < state.Fleet.Count; i++)
        {
            var role = state.Fleet[i];
            var cap = _options.OverBudgetPolicy == OverBudgetPolicy.TightenCaps ? role.CapLimits?.MinWatts : null;
            state = state with { Targets = state.Targets.With(i, new RoleTarget(role.Live, cap)) };
            state = state.WithSide(i, state.Side(i) with { Probe = state.Side(i).Probe.GivenUp() });
        }
    }

    /// <summary>The optimizer is off before it ever planned: the smallest fleet at the configured caps, if it fits.</summary>
    private static void SeatMinima(ref LoopState state)
    {
        for (var i = 0; i < state.Fleet.Count; i++)
        {
            var isPrefill = state.Fleet[i].Role == FleetRole.Prefill;
            var cap = state.Fleet[i].Expected(isPrefill ? state.Facts.PrefillFallbackCapWatts : state.Facts.DecodeFallbackCapWatts);
            Target(ref state, i, new RoleTarget(isPrefill ? state.Facts.MinPrefillReplicas : state.Facts.MinDecodeReplicas, cap), isUncapped: false);
        }

        if (TargetWatts(state, withFloors: true) > state.Fleet.BudgetWatts || TargetGpus(state) > state.Fleet.GpuBudget)
        {
            state = state with { Targets = new FleetTargets(new RoleTarget(0, null), new RoleTarget(0, null), Exist: true) };
        }
    }

    private static long TargetWatts(in LoopState state, bool withFloors)
    {
        var watts = 0L;
        for (var i = 0; i < state.Fleet.Count && state.Targets.Exist; i++)
        {
            watts += state.Targets[i].Replicas * state.Fleet[i].ReplicaWatts(TargetCap(state, i, withFloors));
        }

        return watts;
    }

    private static int TargetCap(in LoopState state, int index, bool withFloors)
    {
        var role = state.Fleet[index];
        var cap = state.Targets[index].CapWatts is { } watts ? role.Expected(watts) : role.EffectiveCapWatts;
        return withFloors ? Math.Max(cap, role.ChargeFloorWatts) : cap;
    }

    private static long TargetGpus(in LoopState state)
    {
        var gpus = 0L;
        for (var i = 0; i < state.Fleet.Count && state.Targets.Exist; i++)
        {
            gpus += (long)state.Targets[i].Replicas * state.Fleet[i].GpusPerReplica;
        }

        return gpus;
    }
}
