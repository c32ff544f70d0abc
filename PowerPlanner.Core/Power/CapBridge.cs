using System.Globalization;

namespace PowerPlanner.Power;

/// <summary>
/// From predicted power to an enforced cap, and from a cap to the watts that a replica is charged. Pure functions: no state, no
/// allocation, safe from every thread.
/// </summary>
/// <remarks>
/// The chain: estimate → power of the side (<see cref="PowerOf"/>) → cap (<see cref="Bridge"/>) → hardware range → watts of a replica
/// (<see cref="ReplicaWatts"/>). A cap is never below the prediction; live corrections only raise it.
/// </remarks>
public static class CapBridge
{
    /// <summary>An estimate above this multiple of the nameplate power is non-physical: extrapolation went wrong, no board draws it.</summary>
    public const double NonPhysicalFactor = 1.1;

    /// <summary>The share by which a cap may lie below the predicted power before latency is taken to suffer.</summary>
    public const double ThrottleTolerance = 0.02;

    // Derived thresholds and ceilings forgive the last bits of binary products: 110 · 1.1 is 121.00000000000001, and still 121 W.
    private const double RelativeTolerance = 1e-9;

    /// <summary>The power of a side at an operating point: its estimate, or what stands in for it.</summary>
    /// <param name="activePowerWatts">Estimated draw of one GPU over the covered part of the step, W; null or 0 = unknown.</param>
    /// <param name="coverage">Share of the step's latency that has power data, 0 to 1.</param>
    /// <param name="minimumCoverage">Coverage below which the estimate counts as unknown, 0 to 1.</param>
    /// <param name="nameplateWatts">Nameplate power (TDP) of the GPU, W; null = unknown, then nothing is non-physical.</param>
    /// <param name="configuredCapWatts">The cap to fall back to where neither estimate nor nameplate is known, W; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    public static SidePower PowerOf(double? activePowerWatts, double coverage, double minimumCoverage, double? nameplateWatts, int configuredCapWatts)
    {
        Guard.Within(coverage, 0, 1);
        Guard.Within(minimumCoverage, 0, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(configuredCapWatts, 1);
        if (activePowerWatts is { } active)
        {
            Guard.FiniteNonNegative(active, nameof(activePowerWatts));
        }

        if (nameplateWatts is { } nameplate)
        {
            Guard.FinitePositive(nameplate, nameof(nameplateWatts));
        }

        if (activePowerWatts is > 0 && coverage >= minimumCoverage * (1 - RelativeTolerance))
        {
            return IsNonPhysical(activePowerWatts.Value, nameplateWatts)
                ? new SidePower(nameplateWatts!.Value, activePowerWatts, IsValid: false, PowerSource.Prediction)
                : new SidePower(activePowerWatts.Value, activePowerWatts, IsValid: true, PowerSource.Prediction);
        }

        return nameplateWatts is { } fallback
            ? new SidePower(fallback, null, IsValid: true, PowerSource.Nameplate)
            : new SidePower(configuredCapWatts, null, IsValid: true, PowerSource.ConfiguredCap);
    }

    /// <summary>Whether an estimate is more than any board draws: strictly above 1.1 times the nameplate power. False where that is unknown.</summary>
    /// <param name="powerWatts">Estimated draw of one GPU, W.</param>
    /// <param name="nameplateWatts">Nameplate power (TDP), W, or null.</param>
    public static bool IsNonPhysical(double powerWatts, double? nameplateWatts) =>
        nameplateWatts is { } nameplate && powerWatts > NonPhysicalFactor * nameplate * (1 + RelativeTolerance);

    /// <summary>
    /// The power of an engine that runs both phases. Each side has been clamped before. Its raw power is that very value, null where
    /// neither side has an estimate; it is valid when both sides are, and as much of a fallback as its worse side.
    /// </summary>
    /// <param name="prefill">Power of the prefill phase.</param>
    /// <param name="decode">Power of the decode phase.</param>
    /// <param name="policy">Larger or mean.</param>
    /// <exception cref="ArgumentOutOfRangeException">An undefined policy.</exception>
    public static SidePower Aggregate(in SidePower prefill, in SidePower decode, AggregatedCapPolicy policy)
    {
        var watts = policy switch
        {
            AggregatedCapPolicy.Max => Math.Max(prefill.Watts, decode.Watts),
            AggregatedCapPolicy.Mean => (prefill.Watts + decode.Watts) / 2,
            _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, $"The policy is {policy}; it must be {nameof(AggregatedCapPolicy.Max)} or {nameof(AggregatedCapPolicy.Mean)}."),
        };
        var unknown = prefill.RawWatts is null && decode.RawWatts is null;
        var source = prefill.Source > decode.Source ? prefill.Source : decode.Source;
        return new SidePower(watts, unknown ? null : watts, prefill.IsValid && decode.IsValid, source);
    }

    /// <summary>
    /// The cap for a side: <c>ceil(power · max(1, coefficient))</c>, then the hardware's range. A coefficient below 1 never lowers it.
    /// </summary>
    /// <param name="power">Power of the side.</param>
    /// <param name="coefficient">Measured over predicted power; finite and greater than 0.</param>
    /// <param name="limits">The range that the hardware accepts; null = unknown, no clamp, and the cap may exceed the nameplate.</param>
    /// <exception cref="ArgumentOutOfRangeException">A coefficient outside its range, or a cap above <see cref="int.MaxValue"/> W.</exception>
    public static BridgedCap Bridge(in SidePower power, double coefficient, GpuPowerLimits? limits)
    {
        Guard.FinitePositive(coefficient);
        return Limit(CeilingWatts(power.Watts * Math.Max(1, coefficient)), power, limits);
    }

    /// <summary>A cap that is given rather than predicted (a table's own, a grid's level): only the hardware's range acts on it.</summary>
    /// <param name="capWatts">The cap to apply, W; at least 1.</param>
    /// <param name="power">Power of the side under no cap, or as far as it is known.</param>
    /// <param name="limits">The range that the hardware accepts; null = unknown.</param>
    /// <exception cref="ArgumentOutOfRangeException">A cap below 1 W.</exception>
    public static BridgedCap Limit(int capWatts, in SidePower power, GpuPowerLimits? limits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capWatts, 1);
        var applied = limits?.Clamp(capWatts) ?? capWatts;
        var direction = applied > capWatts ? LimitDirection.Min : applied < capWatts ? LimitDirection.Max : LimitDirection.None;
        return new BridgedCap(applied, capWatts, direction, power);
    }

    /// <summary>Whole watts that cover a power: the ceiling, forgiving a relative 1e-9 so that binary products do not cost a watt.</summary>
    /// <param name="watts">A power, W; finite and greater than 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A power outside its range, or above <see cref="int.MaxValue"/> W.</exception>
    public static int CeilingWatts(double watts)
    {
        Guard.FinitePositive(watts);
        var ceiling = Math.Ceiling(watts * (1 - RelativeTolerance));
        return ceiling <= int.MaxValue ? Math.Max(1, (int)ceiling) : throw TooLarge(watts);
    }

    /// <summary>
    /// How much longer a step takes under a cap that the hardware's range forces below its power: power over cap where the cap lies more
    /// than 2 % below, else 1. An upper bound for models without power scaling: a step never slows down more than in proportion to power
    /// as long as the clock can follow.
    /// </summary>
    /// <param name="powerWatts">Power of the side, W; greater than 0.</param>
    /// <param name="capWatts">Cap in force, W; at least 1.</param>
    public static double LatencyFactor(double powerWatts, int capWatts) =>
        powerWatts * (1 - ThrottleTolerance) > capWatts * (1 + RelativeTolerance) ? powerWatts / capWatts : 1;

    /// <summary>Watts that budgets charge for one replica: <c>(cap + other watts) · GPUs</c>, in 64 bits.</summary>
    /// <param name="capWatts">Cap of each GPU, W; at least 0.</param>
    /// <param name="nonGpuWattsPerGpu">Watts that each GPU brings besides its board; at least 0.</param>
    /// <param name="gpus">GPUs of the replica; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative value.</exception>
    public static long ReplicaWatts(int capWatts, int nonGpuWattsPerGpu, int gpus)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capWatts);
        ArgumentOutOfRangeException.ThrowIfNegative(nonGpuWattsPerGpu);
        ArgumentOutOfRangeException.ThrowIfNegative(gpus);

        // (2^31 + 2^31) · 2^31 = 2^63 is out of reach by the −1 in each factor.
        return ((long)capWatts + nonGpuWattsPerGpu) * gpus;
    }

    private static ArgumentOutOfRangeException TooLarge(double watts) =>
        new(nameof(watts), watts, string.Create(CultureInfo.InvariantCulture, $"A cap of {watts} W cannot be expressed; at most {int.MaxValue} W are allowed."));
}
