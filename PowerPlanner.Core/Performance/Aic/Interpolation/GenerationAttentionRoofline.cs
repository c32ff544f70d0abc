namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>Speed of light of decode attention over heads, batch and sequence (specification, chapter 3): proportional to the batch.</summary>
/// <param name="KvHeads">KV heads of the slice; 0 = as many as query heads.</param>
/// <param name="Window">Tokens; 0 = none.</param>
internal readonly record struct GenerationAttentionRoofline(
    double KvHeads, double HeadSize, double Window, double KvBytesPerElement, double Flops, double Bandwidth) : IGridRoofline
{
    public double Ms(double heads, double batch, double sequence)
    {
        var kvHeads = KvHeads == 0 ? heads : KvHeads;
        var length = Window > 0 ? Math.Min(sequence - 1, Window) : sequence - 1;
        var operations = 4 * batch * heads * HeadSize * length;
        var bytes = batch * ((4 * heads * HeadSize) + (2 * kvHeads * length * HeadSize * KvBytesPerElement));
        return 1000 * Math.Max(operations / Flops, bytes / Bandwidth);
    }
}
