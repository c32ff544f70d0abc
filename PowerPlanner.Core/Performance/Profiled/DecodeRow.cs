namespace PowerPlanner.Performance.Profiled;

/// <summary>Latency and draw of a decode step over batch, at one context length.</summary>
internal sealed class DecodeRow
{
    private readonly int[] _batches;
    private readonly double[] _latencyMs;
    private readonly double[] _powerWatts;

    /// <param name="contextTokens">Context length of all points.</param>
    /// <param name="points">At least one, by batch ascending, without duplicates.</param>
    public DecodeRow(long contextTokens, IReadOnlyList<ProfiledDecodePoint> points)
    {
        ContextTokens = contextTokens;
        _batches = [.. points.Select(point => point.Batch)];
        _latencyMs = [.. points.Select(point => point.ItlMs)];
        _powerWatts = [.. points.Select(point => point.PowerWatts ?? double.NaN)];
    }

    public long ContextTokens { get; }

    public int LargestBatch => _batches[^1];

    public ProfiledValue At(int batch)
    {
        var last = _batches.Length - 1;
        if (batch < _batches[0])
        {
            return Knot(0).Held();
        }

        if (batch > _batches[last])
        {
            // A fixed cost and work in proportion: a step grows no faster than its batch.
            return Knot(last).Stretched((double)batch / _batches[last]);
        }

        var found = Array.BinarySearch(_batches, batch);
        if (found >= 0)
        {
            return Knot(found);
        }

        var above = ~found;
        var share = ((double)batch - _batches[above - 1]) / ((double)_batches[above] - _batches[above - 1]);
        return ProfiledValue.Between(Knot(above - 1), Knot(above), share);
    }

    private ProfiledValue Knot(int index) => new(_latencyMs[index], _powerWatts[index], Provenance.Measured);
}
