namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>Speed of light of prefill attention over heads, sequence and batch (specification, chapter 3); without a prefix, as table look-ups use it.</summary>
/// <param name="KvHeads">KV heads of the slice; 0 = as many as query heads.</param>
/// <param name="Window">Tokens; 0 = none.</param>
internal readonly record struct ContextAttentionRoofline(
    double KvHeads, double HeadSize, double Window, double KvBytesPerElement, double Flops, double Bandwidth) : IGridRoofline
{
    public double Ms(double heads, double sequence, double batch)
    {
        var kvHeads = KvHeads == 0 ? heads : KvHeads;
        var operations = Window > 0 && sequence > Window
            ? 2 * batch * sequence * Window * heads * HeadSize * 2
            : 2 * batch * sequence * sequence * heads * HeadSize;
        var bytes = (4 * batch * heads * sequence * HeadSize) + (KvBytesPerElement * batch * 2 * kvHeads * sequence * HeadSize);
        return 1000 * Math.Max(operations / Flops, bytes / Bandwidth);
    }
    /// <summary>Behind a cached prefix only the new tokens ask, but they ask all.</summary>
    public double Ms(double heads, double newTokens, double prefix, double batch)
    {
        var kvHeads = KvHeads == 0 ? heads : KvHeads;
        var full = newTokens + prefix;
        var operations = Window > 0 && full > Window
            ? 2 * batch * newTokens * Window * heads * HeadSize * 2
            : 2 * batch * ((full * full) - (prefix * prefix)) * heads * HeadSize;
        var bytes = (4 * batch * heads * newTokens * HeadSize) + (KvBytesPerElement * batch * 2 * kvHeads * full * HeadSize);
        return 1000 * Math.Max(operations / Flops, bytes / Bandwidth);
    }
}
