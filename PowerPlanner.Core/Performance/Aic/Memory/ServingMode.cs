namespace PowerPlanner.Performance.Aic.Memory;

/// <summary>How an engine serves; some backends leave the KV cache another share of the memory in each.</summary>
internal enum ServingMode
{
    /// <summary>One phase alone, or a static batch.</summary>
    Static,

    /// <summary>Prefill and decode in one engine, with mixed steps.</summary>
    Aggregated,
}
