namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// Rows of all sources of one table, column by column, in source order then file order. Of rows that agree in all columns asked for, only
/// the first is here (specification 1.6); where a key is coarser than those columns, the first one to claim it wins, which is the evaluator's part.
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

    public IReadOnlyDictionary<string, string[]> TextColumns => _texts;

    public IReadOnlyDictionary<string, long[]> IntegerColumns => _integers;

    public string[] Text(string column) => _texts[column];

    public long[] Integers(string column) => _integers[column];
}
