namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>Speed of light of one batched product of absorbed projections (specification, chapter 3).</summary>
/// <param name="BytesPerElement">Of the product's format.</param>
/// <param name="Flops">FLOP/s; NaN where the hardware has no rate.</param>
/// <param name="Bandwidth">B/s.</param>
internal readonly record struct MlaBmmRoofline(double BytesPerElement, double Flops, double Bandwidth)
{
    private const double HeadSize = 128;
    private const double Compressed = 512;

    public static double Operations(double tokens, double heads) => 2 * tokens * heads * HeadSize * Compressed;

    public double Bytes(double tokens, double heads) => heads * ((tokens * (HeadSize + Compressed)) + (HeadSize * Compressed)) * BytesPerElement;

    public double Ms(double tokens, double heads) => 1000 * Math.Max(Operations(tokens, heads) / Flops, Bytes(tokens, heads) / Bandwidth);
}
