namespace PowerPlanner.Performance.Aic;

/// <summary>The part of one operation in a phase.</summary>
/// <param name="Name">AIC's name without the phase's prefix, e.g. <c>qkv_gemm</c>.</param>
/// <param name="LatencyMs">ms, all layers and steps.</param>
/// <param name="EnergyMillijoules">Energy of one GPU, mJ; 0 where the table has no power.</param>
/// <param name="Provenance">Where the latency comes from.</param>
public readonly record struct AicOperationEstimate(string Name, double LatencyMs, double EnergyMillijoules, Provenance Provenance);
