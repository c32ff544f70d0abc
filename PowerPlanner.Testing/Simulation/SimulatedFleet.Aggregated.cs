using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Testing.Simulation;

// Engines that run both phases. Prefill and decode take turns, each at its own demand, under the one cap that the engine has.
public sealed partial class SimulatedFleet
{
    private IEnumerable<FleetRole> Roles => _setup.Aggregated is null ? [FleetRole.Prefill, FleetRole.Decode] : [FleetRole.Aggregated];

    private FleetTruth StepAggregated(RoleState engines, in OfferedLoad load, double[] factors, bool enforcesCaps)
    {
        var caps = Caps(FleetRole.Aggregated, engines, enforcesCaps);
        var prefillDemand = _engines.PrefillWatts * factors[(int)FleetSignal.PowerPrefill];
        var decodeDemand = _engines.DecodeWatts * factors[(int)FleetSignal.PowerDecode];
        var prefillStretch = caps.Stretch(prefillDemand) * factors[(int)FleetSignal.Ttft];
        var decodeStretch = caps.Stretch(decodeDemand) * factors[(int)FleetSignal.Itl];

        // Time of a request, in units of what it takes without throttling.
        var prefillTime = _engines.PrefillTimeShare * prefillStretch;
        var time = prefillTime + ((1 - _engines.PrefillTimeShare) * decodeStretch);
        var rate = engines.Ready * _engines.DecodeRequestsPerSecond / time;
        var utilization = Utilization(load.RequestsPerSecond, rate);
        var capacity = rate * factors[(int)FleetSignal.Capacity];
        var served = Math.Min(load.RequestsPerSecond, Math.Max(0, capacity));
        var draw = Draw(ReplicaPhase.Ready);
        return new FleetTruth(
            load,
            capacity,
            served,
            _engines.TtftMs * prefillStretch * Queueing(utilization),
            _engines.ItlMs * decodeStretch * Queueing(utilization),
            draw,
            draw,
            _setup.Aggregated!.GpusPerReplica * (Running() + (engines.Starting * caps.Draw(ReplicaPhase.Starting, _setup.WarmupFraction * _engines.NameplateWatts))),
            enforcesCaps && !Machine.HasLostCaps,
            engines.Starting + engines.Terminating == 0)
        {
            PrefillUtilization = utilization,
            DecodeUtilization = utilization,
        };

        double Draw(ReplicaPhase phase) => served > 0
            ? ((prefillTime * caps.Draw(phase, prefillDemand)) + ((time - prefillTime) * caps.Draw(phase, decodeDemand))) / time
            : caps.Draw(phase, _setup.IdleFraction * _engines.NameplateWatts);

        double Running() => Draw(ReplicaPhase.Terminating) is var leaving && leaving == draw
            ? (engines.Ready + engines.Terminating) * draw
            : (engines.Ready * draw) + (engines.Terminating * leaving);
    }
}
