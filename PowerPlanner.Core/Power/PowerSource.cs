namespace PowerPlanner.Power;

/// <summary>Where the power of a side comes from, from the most to the least specific.</summary>
public enum PowerSource
{
    /// <summary>The performance model's estimate at the operating point.</summary>
    Prediction,

    /// <summary>The GPU's nameplate power (TDP): the model has no usable estimate.</summary>
    Nameplate,

    /// <summary>The configured cap: neither an estimate nor a nameplate power is known.</summary>
    ConfiguredCap,
}
