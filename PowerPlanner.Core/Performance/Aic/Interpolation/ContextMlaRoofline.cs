namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>Speed of light of prefill over compressed keys and values: heads, sequence and batch (specification, chapter 3); without a prefix, as table look-ups use it.</summary>
internal readonly record struct ContextMlaRoofline(double KvBytesPerElement, double Flops, double Bandwidth) : IGridRoofline
{
    /// <summary>Elements of a query or key of one head with those of a value: 192 + 128.</summary>
    private const double HeadElements = 320;

    public double Ms(double heads, double sequence, double batch)
    {
        var operations = batch * heads * HeadElements * sequence * sequence;
        var bytes = batch * heads * HeadElements * sequence * (KvBytesPerElement + 2);
        return 1000 * Math.Max(operations / Flops, bytes / Bandwidth);
    }
    /// <summary>Behind a cached prefix only the new tokens ask, but they ask all.</summary>
    public double Ms(double heads, double newTokens, double prefix, double batch)
    {
        var full = newTokens + prefix;
        var operations = batch * heads * HeadElements * ((full * full) - (prefix * prefix));
        var bytes = batch * heads * HeadElements * ((KvBytesPerElement * full) + (2 * newTokens));
        return 1000 * Math.Max(operations / Flops, bytes / Bandwidth);
    }
}
