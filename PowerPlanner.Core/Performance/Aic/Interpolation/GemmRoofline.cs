using System.Runtime.CompilerServices;

namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Speed of light of a matrix product of one weight shape over its rows m (specification, chapter 3):
/// <c>max(ComputeMs · m, MemoryMs · m + WeightMs)</c>.
/// </summary>
/// <param name="ComputeMs">Compute time of a row, ms; NaN where the hardware has no rate for the format.</param>
/// <param name="MemoryMs">Time to move a row's input and output, ms.</param>
/// <param name="WeightMs">Time to read the weights, ms.</param>
internal readonly record struct GemmRoofline(double ComputeMs, double MemoryMs, double WeightMs)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Ms(double m) => Math.Max(ComputeMs * m, (MemoryMs * m) + WeightMs);
}

/// <summary>Rates that bound the matrix products of one number format.</summary>
/// <param name="Flops">FLOP/s; NaN where the hardware has none for the format.</param>
/// <param name="BytesPerElement">Bytes.</param>
/// <param name="Bandwidth">Memory bandwidth, bytes/s.</param>
internal readonly record struct GemmRates(double Flops, double BytesPerElement, double Bandwidth)
{
    public GemmRoofline Roofline(double n, double k) => new(
        2 * n * k / Flops * 1000,
        BytesPerElement * (n + k) / Bandwidth * 1000,
        BytesPerElement * n * k / Bandwidth * 1000);
}
