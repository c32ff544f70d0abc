namespace PowerPlanner.Hosting;

/// <summary>The range of power caps that the hardware accepts (about 200 to 700 W on an H200 SXM); caps outside are charged at the bound.</summary>
public sealed class GpuLimitsOptions
{
    /// <summary>Lowest cap, W. At least 1; required.</summary>
    public int MinWatts { get; set; }

    /// <summary>Highest cap, W. At least <see cref="MinWatts"/>; required.</summary>
    public int MaxWatts { get; set; }
}
