namespace PowerPlanner.Performance.PowerScaling;

/// <summary>
/// Constants of <see cref="CapLatency"/>, with where they come from, and measured curves that take their place. Immutable.
/// </summary>
public sealed record PowerScalingOptions
{
    /// <summary>The defaults.</summary>
    public static PowerScalingOptions Default { get; } = new();

    /// <summary>
    /// Static share of a busy board's nameplate power (P_s), in (0, 1). Default 0.27: fit on draws and clocks of an H100 (arXiv 2604.11391),
    /// <c>P(φ) = 187 + 454 · φ^2.8</c> W; the literature has 0.27 to 0.29.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in (0, 1).</exception>
    public double StaticPowerShare
    {
        get;
        init
        {
            Guard.FinitePositive(value, nameof(StaticPowerShare));
            Guard.Within(value, 0, 0.999, nameof(StaticPowerShare));
            field = value;
        }
    } = 0.27;

    /// <summary>
    /// Exponent of dynamic power over the clock (γ), 1 to 10. Default 2.8, from the same fit (worst error 4.9 % from 200 to 700 W); the literature has 2 to 3.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in [1, 10].</exception>
    public double ClockExponent
    {
        get;
        init
        {
            Guard.Within(value, 1, 10, nameof(ClockExponent));
            field = value;
        }
    } = 2.8;

    /// <summary>
    /// How sharply an operation turns from memory-bound to compute-bound (p), 1 to 100; infinity would be the textbook roofline. Default 3: fit on public decode sweeps of
    /// an RTX PRO 6000 (mean error 0.1 to 2.2 %, worst 3.1 %; the textbook roofline misses by up to 7.5 %).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in [1, 100].</exception>
    public double RooflineSharpness
    {
        get;
        init
        {
            Guard.Within(value, 1, 100, nameof(RooflineSharpness));
            field = value;
        }
    } = 3;

    /// <summary>Share of the nameplate power below which nothing is planned, in (0, 1]. Default 2/7, the lowest measured (200 of 700 W).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in (0, 1].</exception>
    public double LowestCapShare
    {
        get;
        init
        {
            Guard.FinitePositive(value, nameof(LowestCapShare));
            Guard.Within(value, 0, 1, nameof(LowestCapShare));
            field = value;
        }
    } = 2.0 / 7;

    /// <summary>
    /// The largest share by which modelled latencies are raised at low caps, 0 to 1. Default 0.06: with the fitted constants the model is optimistic by 5
    /// to 6 % at 300 of 700 W. 0 switches the guard off. A latency is never raised by a larger share than the cap itself raises it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in [0, 1].</exception>
    public double GuardShare
    {
        get;
        init
        {
            Guard.Within(value, 0, 1, nameof(GuardShare));
            field = value;
        }
    } = 0.06;

    /// <summary>Share of the nameplate power from which caps on downwards the guard grows, 0 to 1. Default 0.57 (400 of 700 W).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in [0, 1].</exception>
    public double GuardStartShare
    {
        get;
        init
        {
            Guard.Within(value, 0, 1, nameof(GuardStartShare));
            field = value;
        }
    } = 0.57;

    /// <summary>Share of the nameplate power at and below which the guard is whole, 0 to 1. Default 0.43 (300 of 700 W). Where it is not below the start the guard is whole from the start on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in [0, 1].</exception>
    public double GuardFullShare
    {
        get;
        init
        {
            Guard.Within(value, 0, 1, nameof(GuardFullShare));
            field = value;
        }
    } = 0.43;

    /// <summary>Measured latencies of prefill over the cap, which replace the equations; null = none.</summary>
    public CapCurve? PrefillCurve { get; init; }

    /// <summary>Measured latencies of decode over the cap, which replace the equations; null = none.</summary>
    public CapCurve? DecodeCurve { get; init; }
}
