namespace PowerPlanner.Testing.Simulation;

/// <summary>How readings of one signal scatter: a factor of 1 + n on the true value. Immutable; the default is none.</summary>
public readonly record struct SignalNoise
{
    private SignalNoise(NoiseShape shape, double spread, double memory)
    {
        Shape = shape;
        Spread = spread;
        Memory = memory;
    }

    internal enum NoiseShape
    {
        None,
        Gaussian,
        Uniform,
        Autoregressive,
    }

    internal NoiseShape Shape { get; }

    internal double Spread { get; }

    internal double Memory { get; }

    /// <summary>Normal, cut at three standard deviations.</summary>
    /// <param name="sigma">Standard deviation, a share of the value; at least 0.</param>
    public static SignalNoise Gaussian(double sigma)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sigma);
        return new SignalNoise(NoiseShape.Gaussian, sigma, 0);
    }

    /// <summary>Evenly spread.</summary>
    /// <param name="halfWidth">The most, a share of the value; at least 0.</param>
    public static SignalNoise Uniform(double halfWidth)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(halfWidth);
        return new SignalNoise(NoiseShape.Uniform, halfWidth, 0);
    }

    /// <summary>First-order autoregressive: each tick keeps a share of the last one's noise.</summary>
    /// <param name="rho">The share kept; from −1 to 1, both ends excluded.</param>
    /// <param name="sigma">Standard deviation of what is added; at least 0.</param>
    public static SignalNoise Autoregressive(double rho, double sigma)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Math.Abs(rho), 1, nameof(rho));
        ArgumentOutOfRangeException.ThrowIfNegative(sigma);
        return new SignalNoise(NoiseShape.Autoregressive, sigma, rho);
    }
}
