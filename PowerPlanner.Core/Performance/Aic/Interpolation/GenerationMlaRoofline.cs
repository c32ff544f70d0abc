namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Speed of light of decode over compressed keys and values: heads, batch and sequence (specification, chapter 3). A whole module has two batched
/// products beside attention; operations and bytes are summed before the larger bound counts.
/// </summary>
/// <param name="KvBytesPerElement">Of the cache.</param>
/// <param name="Flops">Of attention, FLOP/s; NaN where the hardware has no rate.</param>
/// <param name="Bandwidth">B/s.</param>
/// <param name="Product">One batched product.</param>
/// <param name="Products">How many of them: 0 for the kernel alone.</param>
internal readonly record struct GenerationMlaRoofline(double KvBytesPerElement, double Flops, double Bandwidth, MlaBmmRoofline Product, double Products)
    : IGridRoofline
{
    /// <summary>Elements of one head's query and result over the compressed cache: 576 + 512.</summary>
    private const double HeadElements = 1088;

    /// <summary>Elements of a token in the cache.</summary>
    private const double CacheElements = 576;

    public double Ms(double heads, double batch, double sequence)
    {
        var seconds = 2 * batch * heads * HeadElements * sequence / Flops;
        var bytes = batch * ((heads * HeadElements * 2) + ((sequence - 1) * CacheElements * KvBytesPerElement));
        if (Products > 0)
        {
            seconds += Products * MlaBmmRoofline.Operations(batch, heads) / Product.Flops;
            bytes += Products * Product.Bytes(batch, heads);
        }

        return 1000 * Math.Max(seconds, bytes / Bandwidth);
    }
}
