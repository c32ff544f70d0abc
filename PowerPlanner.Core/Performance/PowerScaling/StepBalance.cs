using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace PowerPlanner.Performance.PowerScaling;

/// <summary>
/// How a step's latency is spread over its operations' balance of compute and memory: what decides how much longer the step takes when a
/// power cap lowers the clock. A value of fixed size, so that thousands of steps are described without an allocation.
/// </summary>
/// <remarks>
/// <para>Each operation has a ratio κ: its compute time over its memory time at the full clock, from its own roofline. 0 is an operation that the clock of
/// the cores does not touch (a copy, a transfer); positive infinity one that is nothing but compute.</para>
/// <para>The latency is kept in 16 classes of κ; an operation between two of them is shared between both in proportion to <c>κ³/(1 + κ³)</c>. Against the sum
/// over the operations themselves a latency is off by at most 0.2 % down to half the clock and by 0.4 % at a third (too low).</para>
/// </remarks>
public readonly struct StepBalance : IEquatable<StepBalance>
{
    internal const int Classes = 16;

    // Closest where latency bends most: around κ = φ, with φ between a third and the whole clock, and around κ = 1.
    private static readonly double[] ClassRatios = [0, 0.12, 0.2, 0.27, 0.35, 0.43, 0.52, 0.62, 0.74, 0.88, 1.05, 1.25, 1.55, 2, 3, double.PositiveInfinity];
    private static readonly double[] ClassPlaces = Array.ConvertAll(ClassRatios, Place);

    private readonly ClassTimes _times;

    private StepBalance(in ClassTimes times) => _times = times;

    /// <summary>Ratios κ of the classes, ascending, from 0 to positive infinity.</summary>
    internal static ReadOnlySpan<double> Ratios => ClassRatios;

    /// <summary>Latency of each class, in the unit that was added.</summary>
    [UnscopedRef]
    internal ReadOnlySpan<double> Times => _times;

    /// <summary>A step of one kind of operation.</summary>
    /// <param name="computeToMemory">Compute time over memory time at the full clock (κ); at least 0, positive infinity allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative ratio or NaN.</exception>
    public static StepBalance Uniform(double computeToMemory) => default(StepBalance).With(1, computeToMemory);

    /// <summary>This step and one more operation. A step to which nothing was added counts as pure compute, the slowest under a cap.</summary>
    /// <param name="latencyMs">Its share of the step's latency, in any unit, the same for all; finite and at least 0.</param>
    /// <param name="computeToMemory">Its compute time over its memory time at the full clock (κ); at least 0, positive infinity allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range or NaN.</exception>
    public StepBalance With(double latencyMs, double computeToMemory)
    {
        Guard.FiniteNonNegative(latencyMs);
        if (!(computeToMemory >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(computeToMemory), computeToMemory, FormattableString.Invariant($"{nameof(computeToMemory)} is {computeToMemory}; it must be at least 0."));
        }

        var upper = 1;
        while (computeToMemory > ClassRatios[upper])
        {
            upper++;
        }

        var (from, to) = (ClassPlaces[upper - 1], ClassPlaces[upper]);
        var share = Math.Clamp((Place(computeToMemory) - from) / (to - from), 0, 1);
        var times = _times;
        times[upper] += latencyMs * share;
        times[upper - 1] += latencyMs * (1 - share);
        return new StepBalance(times);
    }

    /// <summary>Whether both steps are spread alike, to the last bit.</summary>
    /// <param name="left">One step.</param>
    /// <param name="right">Another.</param>
    public static bool operator ==(StepBalance left, StepBalance right) => left.Equals(right);

    /// <summary>Whether the steps are spread differently.</summary>
    /// <param name="left">One step.</param>
    /// <param name="right">Another.</param>
    public static bool operator !=(StepBalance left, StepBalance right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(StepBalance other) => Times.SequenceEqual(other.Times);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StepBalance other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var time in Times)
        {
            hash.Add(time);
        }

        return hash.ToHashCode();
    }

    private static double Place(double ratio)
    {
        var cube = ratio * ratio * ratio;
        return double.IsPositiveInfinity(cube) ? 1 : cube / (1 + cube);
    }

    [InlineArray(Classes)]
    private struct ClassTimes
    {
        private double _first;
    }
}
