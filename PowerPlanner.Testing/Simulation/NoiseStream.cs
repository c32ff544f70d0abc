namespace PowerPlanner.Testing.Simulation;

/// <summary>
/// The random numbers of one signal: xoshiro256++ (Blackman and Vigna 2019), seeded by SplitMix64 from the run's seed and the stream's
/// number, so that a draw more on one signal moves no other.
/// </summary>
internal sealed class NoiseStream
{
    private const double Cut = 3;

    private readonly SignalNoise _noise;
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;
    private double _last;

    public NoiseStream(ulong seed, int stream, SignalNoise noise)
    {
        _noise = noise;
        var state = seed ^ (0xD1B54A32D192ED03 * (ulong)(stream + 1));
        _s0 = SplitMix(ref state);
        _s1 = SplitMix(ref state);
        _s2 = SplitMix(ref state);
        _s3 = SplitMix(ref state);
    }

    /// <summary>The factor of the next reading.</summary>
    public double NextFactor() => 1 + (_noise.Shape switch
    {
        SignalNoise.NoiseShape.Gaussian => Math.Clamp(NextNormal(), -Cut, Cut) * _noise.Spread,
        SignalNoise.NoiseShape.Uniform => ((2 * NextUnit()) - 1) * _noise.Spread,
        SignalNoise.NoiseShape.Autoregressive => _last = (_noise.Memory * _last) + (NextNormal() * _noise.Spread),
        _ => 0,
    });

    /// <summary>A number in [0, 1).</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));

    // Marsaglia's polar method (SIAM Review 6, 1964); the second number of each pair is thrown away, so that no draw depends on an earlier one's parity.
    private double NextNormal()
    {
        while (true)
        {
            var x = (2 * NextUnit()) - 1;
            var y = (2 * NextUnit()) - 1;
            var square = (x * x) + (y * y);
            if (square is > 0 and < 1)
            {
                return x * Math.Sqrt(-2 * PortableMath.Log(square) / square);
            }
        }
    }

    private ulong Next()
    {
        var result = ulong.RotateLeft(_s0 + _s3, 23) + _s0;
        var shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
