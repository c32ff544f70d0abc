namespace PowerPlanner.Performance.Aic;

/// <summary>The operating point of a disaggregated fleet.</summary>
public sealed record AicDisaggregatedQuery
{
    /// <summary>Input length, tokens, cached prefix included; at least 1.</summary>
    public required int Isl { get; init; }

    /// <summary>Output length, tokens; at least 1.</summary>
    public required int Osl { get; init; }

    /// <summary>Tokens of the input that are in the cache already; 0 to isl − 1.</summary>
    public int Prefix { get; init; }

    /// <summary>Sequences of a prefill step, per attention rank; at least 1.</summary>
    public int PrefillBatch { get; init; } = 1;

    /// <summary>Prefill workers; at least 1.</summary>
    public int PrefillWorkers { get; init; } = 1;

    /// <summary>Sequences of a decode step, per attention rank; at least 1.</summary>
    public int DecodeBatch { get; init; } = 1;

    /// <summary>Decode workers; at least 1.</summary>
    public int DecodeWorkers { get; init; } = 1;

    /// <summary>Decode steps that one look-up stands for; at least 1.</summary>
    public int Stride { get; init; } = AicEngine.DefaultStride;
}
