using PowerPlanner.Planning;

namespace PowerPlanner.Cli.Frontier;

/// <summary>Quantities of one unit over the watts.</summary>
internal sealed record FrontierPanel(string Title, string Unit, IReadOnlyList<FrontierLine> Lines)
{
    /// <summary>The panels of an answer.</summary>
    public static IReadOnlyList<FrontierPanel> Of(FrontierAnswer answer) =>
    [
        new("Throughput", "requests/s", [Line("throughput", point => point.ThroughputRequestsPerSecond)]),
        new("Energy of a request", "J", [Line("J per request", point => point.JoulesPerRequest)]),
        new("Energy of a token, input and output", "J", [Line("J per token", point => point.JoulesPerToken)]),
        new("Caps", "W per GPU", Roles(answer, point => point.PrefillCapWatts, point => point.DecodeCapWatts)),
        new("Replicas", "count", Roles(answer, point => point.PrefillReplicas, point => point.DecodeReplicas)),
        new("Batch of a decode engine", "sequences per attention rank", [Line("batch", point => point.DecodeBatch)]),
    ];

    private static IReadOnlyList<FrontierLine> Roles(FrontierAnswer answer, Func<FrontierPoint, double> prefill, Func<FrontierPoint, double> decode) =>
        answer.IsPair ? [Line("prefill", prefill), Line("decode", decode)] : [Line("engine", decode)];

    private static FrontierLine Line(string name, Func<FrontierPoint, double> value) => new(name, value);
}

/// <summary>One quantity of each trade-off.</summary>
internal sealed record FrontierLine(string Name, Func<FrontierPoint, double> Value);
