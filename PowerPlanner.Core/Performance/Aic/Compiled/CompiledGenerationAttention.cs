using System.Globalization;
using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Decode attention: the mean of the grid at five sequence lengths around the asked one.</summary>
/// <param name="table">What is looked up, for messages.</param>
/// <param name="missing">Set where the hardware has no rate for the number format.</param>
internal sealed class CompiledGenerationAttention(
    string name, double scale, Grid<GenerationAttentionRoofline> grid, string table, MissingHardwareRateException? missing)
    : CompiledOperation(name, scale)
{
    private const int Samples = 5;

    public override OperationCost Generation(in GenerationShape shape)
    {
        var (lowest, highest) = SampleRange(shape.SequenceLength);
        var row = grid.At(shape.Batch);
        var (latency, energy) = (0.0, 0.0);
        var provenance = Provenance.Measured;
        for (var i = 0; i < Samples; i++)
        {
            var answer = grid.Evaluate(row, Sample(lowest, highest, i));
            latency += answer.LatencyMs;
            energy += answer.EnergyMillijoules;
            provenance = OperationCost.Combine(provenance, answer.Provenance);
        }

        return Cost(latency, energy, provenance);
    }

    public override void AddGenerationSweep(long sequenceLength, long firstBatch, Span<OperationCost> costs)
    {
        var (lowest, highest) = SampleRange(sequenceLength);
        Span<double> samples = stackalloc double[Samples];
        for (var i = 0; i < Samples; i++)
        {
            samples[i] = Sample(lowest, highest, i);
        }

        using var sweep = GridSweep.Rent(firstBatch, costs.Length);
        grid.AddSweep(samples, sweep);
        for (var i = 0; i < costs.Length; i++)
        {
            costs[i] += Cost(sweep.LatencyMs[i], sweep.EnergyMillijoules[i], sweep.Provenance[i]);
        }
    }

    /// <summary>The mean runs from nine to eleven tenths of the length, both truncated as doubles.</summary>
    public static (long Lowest, long Highest) SampleRange(long sequenceLength)
    {
        var lowest = Math.Max(1, (long)(sequenceLength * 0.9));
        return (lowest, Math.Max(lowest, (long)(sequenceLength * 1.1)));
    }

    public override OperationCost Context(in ContextShape shape) => Generation(new GenerationShape(shape.Batch, shape.FullSequence));

    public override PerformanceException GenerationMiss(in GenerationShape shape) =>
        (PerformanceException?)missing ?? new NoPerformanceDataException(string.Create(
            CultureInfo.InvariantCulture, $"Operation '{Name}': {table} has no answer for batch {shape.Batch} at a sequence of {shape.SequenceLength}."));

    public override PerformanceException ContextMiss(in ContextShape shape) => GenerationMiss(new GenerationShape(shape.Batch, shape.FullSequence));

    private static long Sample(long lowest, long highest, int i) => lowest + ((highest - lowest) * i / (Samples - 1));

    private OperationCost Cost(double latencySum, double energySum, Provenance provenance)
    {
        var latency = latencySum * (Scale / Samples);
        var energy = energySum * (Scale / Samples);
        return new OperationCost(latency, energy, energy > 0 ? latency : 0, provenance);
    }
}
