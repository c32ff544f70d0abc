namespace PowerPlanner.Performance;

/// <summary>Refuses operating points that no engine can have.</summary>
internal static class QueryGuard
{
    public static void Check(in PrefillQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Batch, 1, "query.Batch");
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Isl, 1, "query.Isl");
        ArgumentOutOfRangeException.ThrowIfNegative(query.Prefix, "query.Prefix");
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(query.Prefix, query.Isl, "query.Prefix");
    }

    public static void Check(in DecodeQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Batch, 1, "query.Batch");
        ArgumentOutOfRangeException.ThrowIfLessThan(query.ContextTokens, 1, "query.ContextTokens");
    }
}
