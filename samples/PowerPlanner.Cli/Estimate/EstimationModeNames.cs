using PowerPlanner.Hosting.Json;
using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Cli.Estimate;

/// <summary>How queries and answers spell AIC's estimation modes, as options do.</summary>
internal static class EstimationModeNames
{
    private static readonly (string Name, AicEstimationMode Mode)[] Names =
    [
        ("silicon", AicEstimationMode.Silicon), ("hybrid", AicEstimationMode.Hybrid), ("empirical", AicEstimationMode.Empirical), ("sol", AicEstimationMode.SpeedOfLight),
    ];

    public static NamedValues<AicEstimationMode> All { get; } = new(Names);

    public static string NameOf(AicEstimationMode mode) => Array.Find(Names, name => name.Mode == mode).Name;
}
