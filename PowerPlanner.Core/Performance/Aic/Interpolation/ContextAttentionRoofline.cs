namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>Speed of light of prefill attention over heads, sequence and batch (specification, chapter 3; prefix 0).</summary>
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
}
