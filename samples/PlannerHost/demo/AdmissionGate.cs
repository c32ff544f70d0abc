using System.Text.Json.Nodes;
using PowerPlanner.Control;
using PowerPlanner.Testing.Simulation;

namespace PlannerHost.Demo;

/// <summary>
/// What the frontends of a simulated fleet let in. Queues and blocks of a worker fill while requests stay in it, so a frontend finds it busy only some time
/// after too much load has come: what arrives until then gets in, and all requests feel it. From then on it lets in as much as keeps the workers at their
/// thresholds. A frontend without thresholds refuses nothing.
/// </summary>
/// <param name="engines">The workers.</param>
/// <param name="noticed">How long too much load is let in before it shows.</param>
internal sealed class AdmissionGate(EngineConstants engines, TimeSpan noticed)
{
    private readonly Dictionary<int, TimeSpan> _overSince = [];

    /// <summary>What each frontend lets in, requests/s.</summary>
    /// <param name="offered">Requests/s that arrive at all of them together, the same at each.</param>
    /// <param name="thresholds">What each has been told; null = nothing.</param>
    /// <param name="state">The workers that serve, and their caps.</param>
    /// <param name="now">Time since the fleet began.</param>
    public double[] Admit(double offered, IReadOnlyList<JsonObject?> thresholds, FleetState state, TimeSpan now)
    {
        var each = offered / thresholds.Count;
        var admitted = new double[thresholds.Count];
        for (var i = 0; i < admitted.Length; i++)
        {
            var most = thresholds[i] is { } entry ? Most(state, (double?)entry["active_decode_blocks_threshold"] ?? 1, Tokens(entry)) / thresholds.Count : double.PositiveInfinity;
            if (each <= most)
            {
                _overSince.Remove(i);
            }
            else
            {
                _overSince.TryAdd(i, now);
            }

            admitted[i] = each <= most || now - _overSince[i] < noticed ? each : most;
        }

        return admitted;
    }

    private static double Tokens(JsonObject entry) => Math.Min(
        ((double?)entry["active_prefill_tokens_threshold_frac"] ?? double.PositiveInfinity) * FleetServer.MaxBatchedTokens,
        (double?)entry["active_prefill_tokens_threshold"] ?? double.PositiveInfinity);

    // By Little's law: requests in a worker are what arrives there times how long it stays, which grows with the load.
    private double Most(FleetState state, double decodeBlocks, double prefillTokens)
    {
        var (low, high) = (0.0, 1000.0);
        for (var i = 0; i < 30; i++)
        {
            var rate = (low + high) / 2;
            var isBusy = Load(rate, state.Prefill!, engines.PrefillWatts, engines.PrefillRequestsPerSecond, engines.TtftMs) * FleetServer.Isl > prefillTokens
                || Load(rate, state.Decode!, engines.DecodeWatts, engines.DecodeRequestsPerSecond, FleetServer.Osl * engines.ItlMs) * (FleetServer.Isl + (FleetServer.Osl / 2.0)) / FleetServer.KvTokens > decodeBlocks;
            (low, high) = isBusy ? (low, rate) : (rate, high);
        }

        return low;
    }

    private double Load(double rate, RoleState role, double demandWatts, double requestsPerSecond, double stayMs)
    {
        if (role.Ready == 0)
        {
            return double.PositiveInfinity;
        }

        var throttle = Math.Max(1, demandWatts / (role.EffectiveCapWatts ?? engines.NameplateWatts));
        var utilization = Math.Min(0.9, rate * throttle / (role.Ready * requestsPerSecond));
        return rate / role.Ready * stayMs / 1000 * throttle / (1 - utilization);
    }
}
