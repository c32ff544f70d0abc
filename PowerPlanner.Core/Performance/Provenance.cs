namespace PowerPlanner.Performance;

/// <summary>
/// Where a number comes from, from the surest to the least sure. A sum is as sure as its least sure part; parts that are formulas by
/// nature (memory-bound elementwise work, point-to-point transfers) do not lower it where tables answer for the rest; formulas in place of
/// measurements (AIC's estimation modes) do.
/// </summary>
/// <remarks>
/// On AIC's tables the label says how a look-up was answered, not what was done to the number afterwards: a clamp to the speed of light,
/// the share of a cached prefix, the fused extras of attention and a subtraction of two look-ups keep the labels of their look-ups.
/// </remarks>
public enum Provenance
{
    /// <summary>A measurement at exactly this point: every coordinate is a measured key.</summary>
    Measured,

    /// <summary>
    /// Between measured points: a blend of neighbours on both sides, or a matrix product blended from the nearest measured weight shapes
    /// where its own shape lies within their range on both axes.
    /// </summary>
    Interpolated,

    /// <summary>
    /// Outside the measured range: held beyond an end point or a curve's tail, carried along an axis from the one side of a ragged table
    /// that answers, blended from weight shapes that are all smaller (or all larger) on an axis, clamped to the range, or scaled to a
    /// group of GPUs larger than any measured one. A blend with such a part is extrapolated as a whole.
    /// </summary>
    Extrapolated,

    /// <summary>From a formula: nothing was measured there, or nothing measured was asked.</summary>
    Modelled,
}
