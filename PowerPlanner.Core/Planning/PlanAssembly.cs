using PowerPlanner.Performance;
using PowerPlanner.Performance.PowerScaling;
using PowerPlanner.Planning.Search;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Planning;

/// <summary>From positions and counts to a plan with all its numbers.</summary>
internal static class PlanAssembly
{
    // Rates this close are the same; the slower role is then a matter of rounding.
    private const double BalanceTolerance = 1e-9;

    public static PowerPlan Assemble(PlanningProblem problem, DeploymentSweep sweep, DeploymentPoints points, in Corrections corrections, in SearchOutcome outcome)
    {
        var isPair = problem.Mode == DeploymentMode.Disaggregated;
        var decode = outcome.Decode;
        var prefill = isPair ? outcome.Prefill : decode;
        var layout = (points.Prefill ?? points.Decode).Layout;
        var answer = OperatingPointAnswer.At(problem, sweep, points, prefill, decode);
        var ttft = answer.TtftMs;
        var itl = answer.ItlMs;
        var throughput = outcome.Throughput;
        var prefillCount = isPair ? outcome.PrefillReplicas : outcome.DecodeReplicas;
        var prefillServers = (double)prefillCount * layout.AttentionDataParallel * layout.PipelineParallel;
        var joulesPerRequest = FleetEnergy.JoulesPerRequest(problem, points, outcome);
        return new PowerPlan
        {
            Mode = problem.Mode,
            Isl = problem.Isl,
            Osl = problem.Osl,
            PrefillReplicas = outcome.PrefillReplicas,
            DecodeReplicas = outcome.DecodeReplicas,
            PrefillCapWatts = prefill.CapWatts,
            DecodeCapWatts = decode.CapWatts,
            DecodeBatch = decode.Batch,
            ThroughputRequestsPerSecond = throughput,
            ThroughputTokensPerSecond = throughput * ((long)problem.Isl + problem.Osl),
            Bottleneck = isPair ? SlowerRole(outcome.PrefillReplicas * prefill.Rate, outcome.DecodeReplicas * decode.Rate) : null,
            PrefillCapProvenance = Provenance(prefill, sweep.PrefillCaps),
            DecodeCapProvenance = Provenance(decode, sweep.DecodeCaps),
            JoulesPerRequest = joulesPerRequest,
            Cost = EnergyCost.Of(problem.EnergyPrice, joulesPerRequest, throughput, outcome.Watts, (long)problem.Isl + problem.Osl),
            PrefillNaturalWatts = prefill.NaturalWatts,
            DecodeNaturalWatts = decode.NaturalWatts,
            TotalWatts = outcome.Watts,
            TotalGpus = outcome.Gpus,
            TtftMs = ttft,
            ItlMs = itl,
            CorrectedTtftMs = ttft * Math.Max(1, corrections.Ttft),
            CorrectedItlMs = itl * Math.Max(1, corrections.Itl),
            PrefillPower = answer.PrefillPower,
            DecodePower = answer.DecodePower,
            AggregatedPower = answer.AggregatedPower,
            RequestsPerSecondPerPrefillReplica = isPair ? prefill.Rate : null,
            RequestsPerSecondPerDecodeReplica = decode.Rate,
            ThetaDecode = decode.Batch * (problem.Isl + (problem.Osl / 2.0)) / sweep.KvTokensPerRank,
            ThetaPrefillFraction = Math.Min(1, throughput * ttft / (1000 * prefillServers)),
        };
    }

    private static Provenance? Provenance(in RolePoint point, CapLatency? caps) => point.IsOfGrid ? caps!.ProvenanceAt(point.CapWatts) : null;

    internal static Bottleneck SlowerRole(double prefillRate, double decodeRate) =>
        Math.Abs(prefillRate - decodeRate) <= BalanceTolerance * Math.Max(prefillRate, decodeRate)
            ? Bottleneck.Balanced
            : prefillRate < decodeRate ? Bottleneck.Prefill : Bottleneck.Decode;
}
