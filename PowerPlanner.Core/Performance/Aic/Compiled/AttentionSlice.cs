using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>
/// Which rows of an attention table belong together: KV heads are filed as 0 where they are as many as the query heads, at load as at
/// query (specification 4.3).
/// </summary>
internal static class AttentionSlice
{
    public static long Key(long heads, long kvHeads) => heads == kvHeads ? 0 : kvHeads;

    public static string Describe(long heads, long kvHeads) => Key(heads, kvHeads) is var key && key == 0 ? "as many KV as query heads" : $"{key} KV heads";

    /// <summary>A slice of fixed KV heads reads those alone; that of equal counts has rows of many.</summary>
    public static void AddFilter(List<ColumnFilter> filters, long heads, long kvHeads)
    {
        if (Key(heads, kvHeads) is var key && key != 0)
        {
            filters.Add(new ColumnFilter("num_key_value_heads", Integers: [key]));
        }
    }
}
