using PowerPlanner.Performance;
using PowerPlanner.Power;

namespace PowerPlanner.Planning;

/// <summary>
/// How many replicas of each role run, under which cap, at which batch, and what that gives. In aggregated mode decode stands for the
/// engine: <see cref="PrefillReplicas"/> is 0, both caps are the engine's.
/// </summary>
public sealed record PowerPlan
{
    /// <summary>Whether prefill and decode run apart.</summary>
    public required DeploymentMode Mode { get; init; }

    /// <summary>Mean input length that the plan was made for, tokens.</summary>
    public required int Isl { get; init; }

    /// <summary>Mean output length that the plan was made for, tokens.</summary>
    public required int Osl { get; init; }

    /// <summary>Prefill replicas; 0 in aggregated mode.</summary>
    public required int PrefillReplicas { get; init; }

    /// <summary>Decode replicas, or aggregated engines.</summary>
    public required int DecodeReplicas { get; init; }

    /// <summary>Cap of each prefill GPU, W.</summary>
    public required int PrefillCapWatts { get; init; }

    /// <summary>Cap of each decode GPU, W.</summary>
    public required int DecodeCapWatts { get; init; }

    /// <summary>
    /// Where the slow-down of prefill by its cap comes from; null where the cap is the uncapped one, or a table's own, and slows nothing down by itself.
    /// </summary>
    public required Provenance? PrefillCapProvenance { get; init; }

    /// <summary>Where the slow-down of decode by its cap comes from; null as for prefill.</summary>
    public required Provenance? DecodeCapProvenance { get; init; }

    /// <summary>What a prefill GPU would draw with no cap, live corrections included, W. In aggregated mode the engine's.</summary>
    public required double PrefillNaturalWatts { get; init; }

    /// <summary>What a decode GPU would draw with no cap, live corrections included, W. In aggregated mode the engine's.</summary>
    public required double DecodeNaturalWatts { get; init; }

    /// <summary>
    /// What all replicas draw at the plan's throughput for one request, non-GPU watts included, J. A GPU draws the lower of its cap and its natural power; replicas that wait for
    /// the slower role count as busy.
    /// </summary>
    public required double JoulesPerRequest { get; init; }

    /// <summary>The same for one token, input and output: <c>JoulesPerRequest / (ISL + OSL)</c>, J.</summary>
    public double JoulesPerToken => JoulesPerRequest / ((long)Isl + Osl);

    /// <summary>What the energy costs and emits; null where the problem has no <see cref="EnergyPrice"/>.</summary>
    public EnergyCost? Cost { get; init; }

    /// <summary>Sequences per attention rank of a decode replica.</summary>
    public required int DecodeBatch { get; init; }

    /// <summary>Requests/s that the plan can serve: the slower role's capacity, utilization factors included, corrections not.</summary>
    public required double ThroughputRequestsPerSecond { get; init; }

    /// <summary>Tokens/s that the plan can serve, input and output: requests/s · (ISL + OSL).</summary>
    public required double ThroughputTokensPerSecond { get; init; }

    /// <summary>The slower role; null in aggregated mode.</summary>
    public required Bottleneck? Bottleneck { get; init; }

    /// <summary>Watts charged against the budget: Σ replicas · (max(cap, charge floor) + non-GPU watts) · GPUs, W.</summary>
    public required long TotalWatts { get; init; }

    /// <summary>GPUs of all replicas.</summary>
    public required long TotalGpus { get; init; }

    /// <summary>Modelled time to first token, ms, no queueing, no correction.</summary>
    public required double TtftMs { get; init; }

    /// <summary>Modelled inter-token latency, ms, no correction.</summary>
    public required double ItlMs { get; init; }

    /// <summary>TTFT as the target was checked: <c>TtftMs · max(1, c_ttft)</c>, ms.</summary>
    public required double CorrectedTtftMs { get; init; }

    /// <summary>ITL as the target was checked: <c>ItlMs · max(1, c_itl)</c>, ms.</summary>
    public required double CorrectedItlMs { get; init; }

    /// <summary>Power of the prefill side: the model's raw estimate, what stands in for it, and whether it was physical.</summary>
    public required SidePower PrefillPower { get; init; }

    /// <summary>Power of the decode side.</summary>
    public required SidePower DecodePower { get; init; }

    /// <summary>Power that an aggregated engine is capped by; null in disaggregated mode.</summary>
    public required SidePower? AggregatedPower { get; init; }

    /// <summary>Requests/s of one prefill replica (r_p, utilization included); null in aggregated mode.</summary>
    public required double? RequestsPerSecondPerPrefillReplica { get; init; }

    /// <summary>Requests/s of one decode replica or aggregated engine (r_d, utilization included).</summary>
    public required double RequestsPerSecondPerDecodeReplica { get; init; }

    /// <summary>Share of the KV cache that the planned batch fills on average: <c>batch · (ISL + OSL/2) / KV tokens per rank</c>.</summary>
    public required double ThetaDecode { get; init; }

    /// <summary>
    /// Share of the prefill replicas' time that the plan's throughput takes: <c>min(1, T · TTFT / (1000 · n_p · dp · pp))</c>, 0 to 1;
    /// the engine count replaces n_p in aggregated mode.
    /// </summary>
    public required double ThetaPrefillFraction { get; init; }
}
