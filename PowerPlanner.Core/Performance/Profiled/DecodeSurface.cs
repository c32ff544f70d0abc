namespace PowerPlanner.Performance.Profiled;

/// <summary>Latency and draw of a decode step over batch and context: a row a context length, lines between the rows.</summary>
internal sealed class DecodeSurface
{
    private readonly DecodeRow[] _rows;

    /// <param name="points">At least one, in any order, without duplicates.</param>
    public DecodeSurface(IEnumerable<ProfiledDecodePoint> points)
    {
        _rows = [.. points
            .GroupBy(point => point.ContextTokens)
            .OrderBy(row => row.Key)
            .Select(row => new DecodeRow(row.Key, [.. row.OrderBy(point => point.Batch)]))];
    }

    public ProfiledValue At(int batch, long contextTokens) => At(batch, contextTokens, RowAtOrAbove(contextTokens));

    public void Sweep(long contextTokens, Span<StepEstimate> estimates)
    {
        var above = RowAtOrAbove(contextTokens);
        for (var i = 0; i < estimates.Length; i++)
        {
            estimates[i] = At(i + 1, contextTokens, above).ToEstimate();
        }
    }

    private ProfiledValue At(int batch, long contextTokens, int above)
    {
        if (above == _rows.Length)
        {
            // A fixed cost and cache reads in proportion: a step grows no faster than its context.
            var longest = _rows[^1];
            return longest.At(batch).Stretched((double)contextTokens / longest.ContextTokens);
        }

        var upper = _rows[above];
        var to = upper.At(batch);
        if (upper.ContextTokens == contextTokens)
        {
            return to;
        }

        if (above == 0)
        {
            return to.Held();
        }

        var lower = _rows[above - 1];
        var from = lower.At(batch);

        // Long contexts are often measured up to smaller batches only, since the cache is full. Beyond them, a longer context is not
        // faster than the shorter one.
        if (batch > upper.LargestBatch && to.LatencyMs < from.LatencyMs)
        {
            to = to with { LatencyMs = from.LatencyMs };
        }

        var share = ((double)contextTokens - lower.ContextTokens) / ((double)upper.ContextTokens - lower.ContextTokens);
        return ProfiledValue.Between(from, to, share);
    }

    private int RowAtOrAbove(long contextTokens)
    {
        var low = 0;
        var high = _rows.Length;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (_rows[middle].ContextTokens < contextTokens)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
