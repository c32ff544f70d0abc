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
    /// AIC's HYBRID: measurements where there are any, estimates as in <see cref="Empirical"/> where there are none.
    /// </summary>
    Hybrid,

    /// <summary>
    /// AIC's EMPIRICAL: the speed of light over the utilization that measurements near it reach, those of the requested version alone; where nothing like
    /// it was measured, over that of the nearest other shape or number format.
    /// </summary>
    Empirical,

    /// <summary>
    /// AIC's SOL: the speed of light of every operation, from the hardware's rates alone. A bound, not an estimate: engines are slower.
    /// </summary>
    SpeedOfLight,
}
