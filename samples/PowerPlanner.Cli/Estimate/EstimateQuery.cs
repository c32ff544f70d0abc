using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Cli.Estimate;

/// <summary>One query of <c>powerplanner estimate</c>. Sizes are as wide as JSON's, so that what no engine can have is the query's own error.</summary>
internal sealed record EstimateQuery
{
    public required string Id { get; init; }

    public required EngineKey Engine { get; init; }

    public long Batch { get; init; } = 1;

    public required long Isl { get; init; }

    public required long Osl { get; init; }

    public long Prefix { get; init; }

    public long Stride { get; init; } = AicEngine.DefaultStride;

    public long MaxNumTokens { get; init; } = AicEngine.DefaultMaxNumTokens;

    public bool Operations { get; init; }
}
