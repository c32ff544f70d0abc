namespace PowerPlanner.Performance.Roofline;

/// <summary>What kernels reach on one GPU: peaks times achieved shares, and draw as a share of the nameplate power.</summary>
internal readonly struct RooflineRates(GpuDataSheet gpu, RooflineAssumptions assumptions)
{
    public double GemmFlopsPerSecond { get; } = gpu.Bfloat16FlopsPerSecond * assumptions.GemmComputeFraction;

    public double AttentionFlopsPerSecond { get; } = gpu.Bfloat16FlopsPerSecond * assumptions.AttentionComputeFraction;

    public double MemoryBytesPerSecond { get; } = gpu.MemoryBytesPerSecond * assumptions.MemoryFraction;

    public double KernelSeconds { get; } = assumptions.KernelMicroseconds * 1e-6;

    public double StaticShare { get; } = assumptions.StaticPowerShare;

    /// <summary>Share per FLOP/s of achieved rate: utilization is measured against the peak, as the fit was.</summary>
    public double ComputeSharePerFlop { get; } = assumptions.ComputePowerShare / gpu.Bfloat16FlopsPerSecond;

    public double MemorySharePerByte { get; } = assumptions.MemoryPowerShare / gpu.MemoryBytesPerSecond;
}
