using System.Runtime.Intrinsics;

namespace PowerPlanner.Performance.PowerScaling;

/// <summary>
/// What a power cap does to the latency of a step: first a measured curve, else a model of clock and roofline. Pure, immutable, thread-safe; no call allocates.
/// </summary>
/// <remarks>
/// <para>A cap at or above the natural draw P_nat (what the step draws with no cap) changes nothing. Below it the draw is the cap, and</para>
/// <para>clock: <c>φ = ((cap − P_s)/(P_nat − P_s))^(1/γ)</c>;</para>
/// <para>latency of each operation: <c>t/t₀ = ((κ/φ)^p + 1)^(1/p) / (κ^p + 1)^(1/p)</c>, κ its compute time over its memory time at φ = 1; a step's is the sum.</para>
/// <para>Constants and their sources: <see cref="PowerScalingOptions"/>. Against an H100's training throughput (arXiv 2603.16164, κ = 1.95) relative speeds miss by up to 0.04 from
/// 200 to 600 of 700 W, hence the guard at low caps. Where the nameplate power throttled a measurement already (a draw of 0.97 of it and more) φ = 1 is the clock at that power.</para>
/// <para>Latencies never fall as the cap falls, are continuous in it, and are the uncapped ones from the natural draw on.</para>
/// </remarks>
public sealed class CapLatency
{
    private readonly double _staticWatts;
    private readonly double _clockPower;
    private readonly double _root;
    private readonly double _guardShare;
    private readonly double _guardStartWatts;
    private readonly double _guardSpanWatts;
    private readonly CapCurve? _curve;

    // θ = κ^p/(κ^p + 1) of each class of balances: t/t₀ = (1 + θ (φ^−p − 1))^(1/p).
    private readonly double[] _computeShares = new double[StepBalance.Classes];

    /// <summary>Creates the model of one kind of step on one GPU.</summary>
    /// <param name="nameplateWatts">Nameplate power (TDP) of the GPU, W; finite and greater than 0.</param>
    /// <param name="options">Constants; null = <see cref="PowerScalingOptions.Default"/>. Its curves are not used here.</param>
    /// <param name="curve">Measured latencies of this kind of step, which replace the equations; null = none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The nameplate power is not finite and greater than 0.</exception>
    public CapLatency(double nameplateWatts, PowerScalingOptions? options = null, CapCurve? curve = null)
    {
        Guard.FinitePositive(nameplateWatts);
        options ??= PowerScalingOptions.Default;
        _curve = curve;
        _staticWatts = options.StaticPowerShare * nameplateWatts;
        _clockPower = -options.RooflineSharpness / options.ClockExponent;
        _root = 1 / options.RooflineSharpness;
        _guardShare = options.GuardShare;
        _guardStartWatts = options.GuardStartShare * nameplateWatts;
        _guardSpanWatts = (options.GuardStartShare - options.GuardFullShare) * nameplateWatts;
        LowestCapWatts = curve?.LowestCapWatts ?? Math.Max(options.LowestCapShare * nameplateWatts, Math.BitIncrement(_staticWatts));
        for (var i = 0; i < StepBalance.Classes; i++)
        {
            var power = Math.Pow(StepBalance.Ratios[i], options.RooflineSharpness);
            _computeShares[i] = double.IsPositiveInfinity(power) ? 1 : power / (power + 1);
        }
    }

    /// <summary>The lowest cap that this model answers for, W: the lowest measured one, or the lowest measured share of the nameplate power.</summary>
    public double LowestCapWatts { get; }

    /// <summary>How many times as long a step takes under a cap as with none; at least 1, infinite where the cap does not cover the static power.</summary>
    /// <param name="balance">What the step's latency is made of; not used where there is a measured curve.</param>
    /// <param name="naturalWatts">What one GPU draws in the step with no cap (P_nat), W; greater than 0.</param>
    /// <param name="capWatts">Cap of one GPU, W; greater than 0.</param>
    public double Factor(in StepBalance balance, double naturalWatts, double capWatts)
    {
        if (!(capWatts < naturalWatts))
        {
            return 1;
        }

        if (_curve is not null)
        {
            return Math.Max(1, _curve.At(capWatts) / _curve.At(naturalWatts));
        }

        if (capWatts <= _staticWatts)
        {
            return double.PositiveInfinity;
        }

        // φ^−p − 1, with φ the clock.
        var excess = Math.Pow((capWatts - _staticWatts) / (naturalWatts - _staticWatts), _clockPower) - 1;
        var factor = Math.Max(1, Stretch(balance, excess));
        return factor * (1 + Math.Min(GuardAt(capWatts), factor - 1));
    }

    /// <summary>A step's estimate under a cap.</summary>
    /// <param name="estimate">The estimate with no cap; it must have data.</param>
    /// <param name="balance">What its latency is made of.</param>
    /// <param name="naturalWatts">What one GPU draws in the step with no cap (P_nat), W; greater than 0.</param>
    /// <param name="capWatts">Cap of one GPU, W; greater than 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A power or a cap that is not finite and greater than 0.</exception>
    public CappedStep Apply(in StepEstimate estimate, in StepBalance balance, double naturalWatts, double capWatts)
    {
        Guard.FinitePositive(naturalWatts);
        Guard.FinitePositive(capWatts);
        return capWatts >= naturalWatts
            ? new CappedStep(estimate.LatencyMs, naturalWatts, estimate.Provenance)
            : new CappedStep(estimate.LatencyMs * Factor(balance, naturalWatts, capWatts), capWatts, (Provenance)Math.Max((int)estimate.Provenance, (int)ProvenanceAt(capWatts)));
    }

    /// <summary>
    /// Where the factor at a binding cap comes from: measured at a cap of the curve, interpolated between two, extrapolated beyond them, modelled where there is no curve.
    /// </summary>
    /// <param name="capWatts">Cap, W.</param>
    public Provenance ProvenanceAt(double capWatts) =>
        _curve is null ? Provenance.Modelled
        : _curve.IsMeasured(capWatts) ? Provenance.Measured
        : _curve.Covers(capWatts) ? Provenance.Interpolated
        : Provenance.Extrapolated;

    /// <summary>Σ time · (1 + θ · excess)^(1/p) over Σ time.</summary>
    private double Stretch(in StepBalance balance, double excess)
    {
        var times = balance.Times;
        var shares = _computeShares.AsSpan();
        var one = Vector256<double>.One;
        var stretched = Vector256<double>.Zero;
        var whole = Vector256<double>.Zero;
        for (var i = 0; i < StepBalance.Classes; i += Vector256<double>.Count)
        {
            var time = Vector256.Create(times[i..]);
            var power = one + (Vector256.Create<double>(shares[i..]) * excess);
            stretched += time * Vector256.Exp(Vector256.Log(power) * _root);
            whole += time;
        }

        var sum = Vector256.Sum(whole);
        return sum > 0 ? Vector256.Sum(stretched) / sum : Math.Pow(1 + excess, _root);
    }

    private double GuardAt(double capWatts)
    {
        var below = _guardStartWatts - capWatts;
        return below <= 0 ? 0 : _guardSpanWatts > 0 ? _guardShare * Math.Min(1, below / _guardSpanWatts) : _guardShare;
    }
}
