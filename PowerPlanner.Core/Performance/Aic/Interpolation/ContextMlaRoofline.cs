namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>Speed of light of prefill over compressed keys and values: heads, sequence and batch (specification, chapter 3; prefix 0).</summary>
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
}
