using PowerPlanner.Performance.PowerScaling;
using PowerPlanner.Power;

namespace PowerPlanner.Planning.Sweep;

/// <summary>What a model said about one side, in the order in which it was asked. Arrays run in parallel.</summary>
internal sealed class SweptPoints
{
    private readonly double[] _rawWatts;
    private readonly PowerSource[] _source;

    public SweptPoints(int capacity)
    {
        LatencyMs = new double[capacity];
        Watts = new double[capacity];
        Batch = new int[capacity];
        OwnCapWatts = new int[capacity];
        _rawWatts = new double[capacity];
        _source = new PowerSource[capacity];
    }

    public double[] LatencyMs { get; }

    /// <summary>Power that caps are made from, W; <see cref="PowerAt"/> has the whole of it.</summary>
    public double[] Watts { get; }

    public int[] Batch { get; }

    /// <summary>The cap that the point was measured under, W; 0 where the cap follows from the power.</summary>
    public int[] OwnCapWatts { get; }

    /// <summary>What the latencies are made of, point by point; null where nobody asked or nobody can tell.</summary>
    public StepBalance[]? Balances { get; set; }

    public int Count { get; private set; }

    /// <summary>Whether the power of a point is the model's own.</summary>
    public bool IsPredicted(int index) => _source[index] == PowerSource.Prediction;

    public void Add(double latencyMs, in SidePower power, int batch, int ownCapWatts)
    {
        LatencyMs[Count] = latencyMs;
        Watts[Count] = power.Watts;
        Batch[Count] = batch;
        OwnCapWatts[Count] = ownCapWatts;

        // Raw watts are positive: the sign has room for validity, and thousands of points stay out of the large object heap.
        _rawWatts[Count] = power.RawWatts is { } raw ? (power.IsValid ? raw : -raw) : double.NaN;
        _source[Count] = power.Source;
        Count++;
    }

    /// <summary>The power of a point as it was added.</summary>
    public SidePower PowerAt(int index)
    {
        var raw = _rawWatts[index];
        return new SidePower(Watts[index], double.IsNaN(raw) ? null : Math.Abs(raw), !(raw < 0), _source[index]);
    }
}
