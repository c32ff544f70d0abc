namespace PowerPlanner.Hosting;

/// <summary>A prefill operating point of <see cref="PerformanceKind.Table"/>.</summary>
public sealed class TablePrefillOptions
{
    /// <summary>The per-GPU cap that the point runs under, W, at least 1; null (default): its cap follows from <see cref="PowerW"/>.</summary>
    public int? CapWatts { get; set; }

    /// <summary>Time to first token, ms. Finite, greater than 0; required.</summary>
    public double TtftMs { get; set; }

    /// <summary>Mean draw of one GPU, W. Finite, at least 0; null (default) or 0: unknown.</summary>
    public double? PowerW { get; set; }
}
