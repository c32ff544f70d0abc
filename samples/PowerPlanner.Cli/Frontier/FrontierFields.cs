using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Frontier;

/// <summary>One trade-off, as it stands in JSON.</summary>
internal sealed record FrontierFields(
    long TotalWatts,
    long TotalGpus,
    double ThroughputRequestsPerSecond,
    double ThroughputTokensPerSecond,
    int PrefillReplicas,
    int DecodeReplicas,
    int PrefillCapWatts,
    int DecodeCapWatts,
    int DecodeBatch,
    double JoulesPerRequest,
    double JoulesPerToken)
{
    /// <param name="point">The trade-off.</param>
    /// <param name="tokensPerRequest">ISL + OSL.</param>
    public static FrontierFields Of(FrontierPoint point, long tokensPerRequest) => new(
        point.TotalWatts,
        point.TotalGpus,
        point.ThroughputRequestsPerSecond,
        point.ThroughputRequestsPerSecond * tokensPerRequest,
        point.PrefillReplicas,
        point.DecodeReplicas,
        point.PrefillCapWatts,
        point.DecodeCapWatts,
        point.DecodeBatch,
        point.JoulesPerRequest,
        point.JoulesPerToken);
}
