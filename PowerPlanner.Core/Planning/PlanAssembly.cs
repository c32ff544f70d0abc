using PowerPlanner.Performance;
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
        var decode = points.Decode;
        var d = outcome.DecodePosition;
        var prefill = isPair ? points.Prefill! : decode;
        var p = isPair ? outcome.PrefillPosition : d;
        var answer = OperatingPointAnswer.At(problem, sweep, points, p, d);
        var batch = decode.Batch[d];
        var ttft = answer.TtftMs;
        var itl = answer.ItlMs;
        var throughput = outcome.Throughput;
        var prefillCount = isPair ? outcome.PrefillReplicas : outcome.DecodeReplicas;
        var prefillServers = (double)prefillCount * prefill.Layout.AttentionDataParallel * prefill.Layout.PipelineParallel;
        return new PowerPlan
        {
            Mode = problem.Mode,
            Isl = problem.Isl,
            Osl = problem.Osl,
            PrefillReplicas = outcome.PrefillReplicas,
            DecodeReplicas = outcome.DecodeReplicas,
            PrefillCapWatts = outcome.PrefillCapWatts,
            DecodeCapWatts = outcome.DecodeCapWatts,
            DecodeBatch = batch,
            ThroughputRequestsPerSecond = throughput,
            ThroughputTokensPerSecond = throughput * ((long)problem.Isl + problem.Osl),
            Bottleneck = isPair ? SlowerRole(outcome.PrefillReplicas * prefill.Rate[p], outcome.DecodeReplicas * decode.Rate[d]) : null,
            TotalWatts = outcome.Watts,
            TotalGpus = outcome.Gpus,
            TtftMs = ttft,
            ItlMs = itl,
            CorrectedTtftMs = ttft * Math.Max(1, corrections.Ttft),
            CorrectedItlMs = itl * Math.Max(1, corrections.Itl),
            PrefillPower = answer.PrefillPower,
            DecodePower = answer.DecodePower,
            AggregatedPower = answer.AggregatedPower,
            RequestsPerSecondPerPrefillReplica = isPair ? prefill.Rate[p] : null,
            RequestsPerSecondPerDecodeReplica = decode.Rate[d],
            ThetaDecode = batch * (problem.Isl + (problem.Osl / 2.0)) / sweep.KvTokensPerRank,
            ThetaPrefillFraction = Math.Min(1, throughput * ttft / (1000 * prefillServers)),
        };
    }

    internal static Bottleneck SlowerRole(double prefillRate, double decodeRate) =>
        Math.Abs(prefillRate - decodeRate) <= BalanceTolerance * Math.Max(prefillRate, decodeRate)
            ? Bottleneck.Balanced
            : prefillRate < decodeRate ? Bottleneck.Prefill : Bottleneck.Decode;
}
