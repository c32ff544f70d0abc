namespace PowerPlanner.Hosting;

/// <summary>Where latency, power and KV capacity come from.</summary>
public enum PerformanceKind
{
    /// <summary>The same answer at every batch (<c>fixed</c>).</summary>
    Fixed,

    /// <summary>Exactly the given operating points (<c>table</c>).</summary>
    Table,

    /// <summary>AIC's measured kernel tables (<c>aic</c>).</summary>
    Aic,

    /// <summary>The GPU's data sheet and the model's dimensions alone (<c>roofline</c>).</summary>
    Roofline,

    /// <summary>An engine's own measured grid, from CSV files (<c>profiled</c>).</summary>
    Profiled,
}
