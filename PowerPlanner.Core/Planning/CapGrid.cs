using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Planning;

/// <summary>
/// The caps that are candidates beside the uncapped one, on each side by itself: the hardware's minimum, then every step up to below the uncapped cap, none below what power
/// scaling answers for. Without a range of caps the grid begins at that lowest cap.
/// </summary>
public sealed record CapGrid
{
    /// <summary>Watts from one cap to the next; at least 1. Default 10. A step that would make more than 1,024 caps is lengthened.</summary>
    public int StepWatts { get; init; } = 10;

    /// <summary>What a cap does to latency: constants, and measured curves that replace them. Default: <see cref="PowerScalingOptions.Default"/>.</summary>
    public PowerScalingOptions Scaling { get; init; } = PowerScalingOptions.Default;
}
