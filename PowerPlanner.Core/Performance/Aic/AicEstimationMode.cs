namespace PowerPlanner.Performance.Aic;

/// <summary>
/// Where an engine's latencies come from (AIC's estimation modes). Whatever is not a measurement is labelled <see cref="Provenance.Modelled"/> and has no
/// energy, so that it lowers the coverage of power.
/// </summary>
public enum AicEstimationMode
{
    /// <summary>AIC's SILICON: measurements alone. What the tables lack is an error.</summary>
    Silicon,

    /// <summary>
    /// AIC's SOL: the speed of light of every operation, from the hardware's rates alone. A bound, not an estimate: engines are slower.
    /// </summary>
    SpeedOfLight,
}
