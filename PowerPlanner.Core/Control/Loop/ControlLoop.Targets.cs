using PowerPlanner.Control.Transitions;

namespace PowerPlanner.Control.Loop;

// What the fleet is to become, and what that costs.
internal sealed partial class ControlLoop
{
    private void Target(int side, RoleTarget target, bool isUncapped)
    {
        _targets[side] = target;
        _hasTargets = true;
        _sides[side].Probe = default;
        _sides[side].FormerCapWatts = 0;
        _sides[side].IsPlannedUncapped = isUncapped;
    }

    /// <summary>What runs stays although it does not fit, as the policy wants it; under the lowest caps, if it wants that too.</summary>
    private void StayOverBudget()
    {
        _isPlanTargeted = false;
        _hasTargets = true;
        for (var i = 0; i < _sides.Length; i++)
        {
            var ledger = _sides[i].Ledger;
            _sides[i].Probe = default;
            _targets[i] = new RoleTarget(ledger.Live, _options.OverBudgetPolicy == OverBudgetPolicy.TightenCaps ? ledger.CapLimits?.MinWatts : null);
        }
    }

    /// <summary>The optimizer is off before it ever planned: the smallest fleet at the configured caps, if it fits.</summary>
    private void SeatMinima()
    {
        for (var i = 0; i < _sides.Length; i++)
        {
            var isPrefill = _sides[i].Role == FleetRole.Prefill;
            var cap = _sides[i].Ledger.Expected(isPrefill ? _problem.PrefillFallbackCapWatts : _problem.DecodeFallbackCapWatts);
            Target(i, new RoleTarget(isPrefill ? _problem.MinPrefillReplicas : _problem.MinDecodeReplicas, cap), isUncapped: false);
        }

        if (TargetWatts(withFloors: true) > _ledger.BudgetWatts || TargetGpus() > _ledger.GpuBudget)
        {
            for (var i = 0; i < _sides.Length; i++)
            {
                _targets[i] = new RoleTarget(0, null);
            }
        }
    }

    private long TargetWatts(bool withFloors)
    {
        var watts = 0L;
        for (var i = 0; i < _sides.Length && _hasTargets; i++)
        {
            watts += _targets[i].Replicas * TargetReplicaWatts(i, withFloors);
        }

        return watts;
    }

    private long TargetReplicaWatts(int side, bool withFloors) => _sides[side].Ledger.ReplicaWatts(TargetCap(side, withFloors));

    private int TargetCap(int side, bool withFloors)
    {
        var ledger = _sides[side].Ledger;
        var cap = _targets[side].CapWatts is { } watts ? ledger.Expected(watts) : ledger.EffectiveCapWatts;
        return withFloors ? Math.Max(cap, ledger.ChargeFloorWatts) : cap;
    }

    private long TargetGpus()
    {
        var gpus = 0L;
        for (var i = 0; i < _sides.Length && _hasTargets; i++)
        {
            gpus += (long)_targets[i].Replicas * _sides[i].Ledger.GpusPerReplica;
        }

        return gpus;
    }
}
