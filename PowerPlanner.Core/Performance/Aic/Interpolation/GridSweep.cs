using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Sums of a grid's answers at the outer coordinates <see cref="FirstOuter"/>, + 1, + 2 …: an array for each quantity, so that a stretch of them is a
/// few vector operations. Sums start empty, as sure as a measurement. Holds rented arrays: dispose what was rented, not its slices.
/// </summary>
internal readonly ref struct GridSweep
{
    private readonly double[] _rentedNumbers;
    private readonly Provenance[] _rentedProvenance;

    private GridSweep(
        double[] rentedNumbers, Provenance[] rentedProvenance, long firstOuter,
        ReadOnlySpan<double> outerOctaves, Span<double> latencyMs, Span<double> energyMillijoules, Span<Provenance> provenance)
    {
        _rentedNumbers = rentedNumbers;
        _rentedProvenance = rentedProvenance;
        FirstOuter = firstOuter;
        OuterOctaves = outerOctaves;
        LatencyMs = latencyMs;
        EnergyMillijoules = energyMillijoules;
        Provenance = provenance;
    }

    public long FirstOuter { get; }

    public int Count => LatencyMs.Length;

    /// <summary>log2 of the outer coordinates.</summary>
    public ReadOnlySpan<double> OuterOctaves { get; }

    public Span<double> LatencyMs { get; }

    public Span<double> EnergyMillijoules { get; }

    public Span<Provenance> Provenance { get; }

    /// <param name="firstOuter">At least 1.</param>
    /// <param name="count">At least 0.</param>
    public static GridSweep Rent(long firstOuter, int count)
    {
        var numbers = ArrayPool<double>.Shared.Rent(3 * count);
        var labels = ArrayPool<Provenance>.Shared.Rent(count);
        var octaves = numbers.AsSpan(0, count);
        for (var i = 0; i < octaves.Length; i++)
        {
            octaves[i] = firstOuter + i;
        }

        TensorPrimitives.Log2(octaves, octaves);
        var sweep = new GridSweep(
            numbers, labels, firstOuter, octaves, numbers.AsSpan(count, count), numbers.AsSpan(2 * count, count), labels.AsSpan(0, count));
        sweep.LatencyMs.Clear();
        sweep.EnergyMillijoules.Clear();
        sweep.Provenance.Clear();
        return sweep;
    }

    public GridSweep Slice(int start, int count) => new(
        _rentedNumbers, _rentedProvenance, FirstOuter + start,
        OuterOctaves.Slice(start, count), LatencyMs.Slice(start, count), EnergyMillijoules.Slice(start, count), Provenance.Slice(start, count));

    public void Add(int index, in TableAnswer answer)
    {
        LatencyMs[index] += answer.LatencyMs;
        EnergyMillijoules[index] += answer.LatencyMs * answer.PowerWatts;
        Provenance[index] = answer.Provenance > Provenance[index] ? answer.Provenance : Provenance[index];
    }

    /// <summary>No sum is surer than this any more.</summary>
    public void Lower(Provenance provenance)
    {
        var labels = MemoryMarshal.Cast<Provenance, int>(Provenance);
        TensorPrimitives.Max(labels, (int)provenance, labels);
    }

    public void Dispose()
    {
        ArrayPool<double>.Shared.Return(_rentedNumbers);
        ArrayPool<Provenance>.Shared.Return(_rentedProvenance);
    }
}
