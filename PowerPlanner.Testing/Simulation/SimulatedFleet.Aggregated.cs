using PowerPlanner.Control;

namespace PowerPlanner.Testing.Simulation;

// Engines that run both phases. Prefill and decode take turns, each at its own demand, under the one cap that the engine has.
public sealed partial class SimulatedFleet
{
    private IEnumerable<FleetRole> Roles => _setup.Aggregated is null ? [FleetRole.Prefill, FleetRole.Decode] : [FleetRole.Aggregated];

    private FleetTruth StepAggregated(RoleState engines, in OfferedLoad load, double[] factors, bool enforcesCaps)
    {
        double cap = enforcesCaps && engines.EffectiveCapWatts is { } watts ? watts : _engines.NameplateWatts;
        var prefillDemand = _engines.PrefillWatts * factors[(int)FleetSignal.PowerPrefill];
        var decodeDemand = _engines.DecodeWatts * factors[(int)FleetSignal.PowerDecode];
        var prefillStretch = Math.Max(1, prefillDemand / cap) * factors[(int)FleetSignal.Ttft];
        var decodeStretch = Math.Max(1, decodeDemand / cap) * factors[(int)FleetSignal.Itl];

        // Time of a request, in units of what it takes without throttling.
        var prefillTime = _engines.PrefillTimeShare * prefillStretch;
        var time = prefillTime + ((1 - _engines.PrefillTimeShare) * decodeStretch);
        var rate = engines.Ready * _engines.DecodeRequestsPerSecond / time;
        var utilization = Utilization(load.RequestsPerSecond, rate);
        var capacity = rate * factors[(int)FleetSignal.Capacity];
        var served = Math.Min(load.RequestsPerSecond, Math.Max(0, capacity));
        var busy = ((prefillTime * Math.Min(cap, prefillDemand)) + ((time - prefillTime) * Math.Min(cap, decodeDemand))) / time;
        var draw = served > 0 ? busy : Math.Min(cap, _setup.IdleFraction * _engines.NameplateWatts);
        return new FleetTruth(
            load,
            capacity,
            served,
            _engines.TtftMs * prefillStretch * Queueing(utilization),
            _engines.ItlMs * decodeStretch * Queueing(utilization),
            draw,
            draw,
            RoleWatts(engines, _setup.Aggregated!.GpusPerReplica, draw, Math.Min(cap, _setup.WarmupFraction * _engines.NameplateWatts)),
            enforcesCaps,
            engines.Starting + engines.Terminating == 0)
        {
            PrefillUtilization = utilization,
            DecodeUtilization = utilization,
        };
    }
}
