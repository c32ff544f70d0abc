using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Performance.Roofline;

/// <summary>The kernels of one step, one after the other: their time and, per watt of nameplate power, their energy.</summary>
/// <param name="rates">What the GPU reaches.</param>
/// <param name="balanced">Whether <see cref="Balance"/> is wanted.</param>
internal struct RooflineStep(in RooflineRates rates, bool balanced = false)
{
    private readonly RooflineRates _rates = rates;
    private StepBalance _balance;

    /// <summary>What the duration is made of, where it was asked for.</summary>
    public readonly StepBalance Balance => _balance;

    /// <summary>Duration so far, s.</summary>
    public double Seconds { get; private set; }

    /// <summary>Energy so far over nameplate power, s.</summary>
    public double NameplateSeconds { get; private set; }

    /// <summary>A matrix product of <paramref name="rows"/> × <paramref name="inner"/> by <paramref name="inner"/> × <paramref name="columns"/> weights.</summary>
    public void AddProduct(double rows, double columns, double inner, double bytesPerWeight, double times)
    {
        var bytes = (2 * rows * inner) + (bytesPerWeight * inner * columns) + (2 * rows * columns);
        Add(2 * rows * columns * inner, _rates.GemmFlopsPerSecond, bytes, times);
    }

    /// <summary>Attention over a cache.</summary>
    public void AddAttention(double flops, double bytes, double times) => Add(flops, _rates.AttentionFlopsPerSecond, bytes, times);

    /// <summary>A kernel that only moves bytes.</summary>
    public void AddMemory(double bytes, double times) => Add(0, _rates.GemmFlopsPerSecond, bytes, times);

    /// <summary>A transfer between GPUs: the board is busy, its tensor cores are not.</summary>
    public void AddTransfer(double bytes, double bytesPerSecond, double latencySeconds, double times)
    {
        var seconds = (bytes / bytesPerSecond) + latencySeconds;
        Seconds += times * seconds;

        // Each byte is read from and written to memory.
        NameplateSeconds += times * seconds * PowerShare(0, 2 * bytes, seconds);
        if (balanced)
        {
            _balance = _balance.With(times * seconds, 0);
        }
    }

    private void Add(double flops, double flopsPerSecond, double bytes, double times)
    {
        var seconds = Math.Max(flops / flopsPerSecond, bytes / _rates.MemoryBytesPerSecond) + _rates.KernelSeconds;
        Seconds += times * seconds;
        NameplateSeconds += times * seconds * PowerShare(flops, bytes, seconds);
        if (balanced)
        {
            // A kernel without work is none of the clock's business.
            _balance = _balance.With(times * seconds, flops > 0 ? flops / flopsPerSecond * _rates.MemoryBytesPerSecond / bytes : 0);
        }
    }

    private readonly double PowerShare(double flops, double bytes, double seconds) => seconds > 0
        ? Math.Min(1, _rates.StaticShare + (((_rates.ComputeSharePerFlop * flops) + (_rates.MemorySharePerByte * bytes)) / seconds))
        : 0;
}
