namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// Rows of all sources of one table, column by column, in source order then file order. Repeated keys are kept: the first one wins,
/// which is the reader's part (specification 1.6).
/// </summary>
internal sealed class TableRows
{
    private readonly Dictionary<string, string[]> _texts;
    private readonly Dictionary<string, long[]> _integers;

    public TableRows(Dictionary<string, string[]> texts, Dictionary<string, long[]> integers, double[] latencyMs, double[] powerWatts)
    {
        _texts = texts;
        _integers = integers;
        LatencyMs = latencyMs;
        PowerWatts = powerWatts;
    }

    public int Count => LatencyMs.Length;

    /// <summary>ms, as measured; not yet clamped by anything.</summary>
    public double[] LatencyMs { get; }

    /// <summary>W; 0 where the column or the value is absent.</summary>
    public double[] PowerWatts { get; }

    public string[] Text(string column) => _texts[column];

    public long[] Integers(string column) => _integers[column];
}
