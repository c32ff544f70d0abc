namespace PowerPlanner.Feedback;

/// <summary>What one fresh window shows of whether a side's cap holds. <c>default</c> shows nothing.</summary>
internal readonly record struct CapEvidence
{
    /// <summary>Mean draw of one GPU, W; null = absent.</summary>
    public double? WattsPerGpu { get; init; }

    /// <summary>The limit that a metrics source says the boards have, W; null = absent.</summary>
    public double? MeteredLimitWatts { get; init; }

    /// <summary>The cap that was read back and in force during the window, W; null = unknown, then nothing is judged.</summary>
    public int? CapWatts { get; init; }

    /// <summary>Nameplate power (TDP) of a GPU, W; null = unknown.</summary>
    public double? NameplateWatts { get; init; }

    /// <summary>Whether the window straddles a change of the side's cap or replicas: nothing is judged.</summary>
    public bool IsStraddled { get; init; }
}
