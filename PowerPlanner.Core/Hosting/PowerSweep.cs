namespace PowerPlanner.Hosting;

/// <summary>Whether the power cap is a dimension of the search.</summary>
public enum PowerSweep
{
    /// <summary>The uncapped candidate alone: the cap follows from the modelled power.</summary>
    Off,

    /// <summary>Every cap of a grid between the hardware's minimum and the uncapped candidate.</summary>
    Grid,
}
