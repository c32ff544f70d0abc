using PowerPlanner.Power;

namespace PowerPlanner.Planning.Sweep;

/// <summary>What a model said about one side, in the order in which it was asked. Arrays run in parallel.</summary>
internal sealed class SweptPoints
{
    public SweptPoints(int capacity)
    {
        LatencyMs = new double[capacity];
        Power = new SidePower[capacity];
        Batch = new int[capacity];
        OwnCapWatts = new int[capacity];
    }

    public double[] LatencyMs { get; }

    public SidePower[] Power { get; }

    public int[] Batch { get; }

    /// <summary>The cap that the point was measured under, W; 0 where the cap follows from the power.</summary>
    public int[] OwnCapWatts { get; }

    public int Count { get; private set; }

    public void Add(double latencyMs, in SidePower power, int batch, int ownCapWatts)
    {
        LatencyMs[Count] = latencyMs;
        Power[Count] = power;
        Batch[Count] = batch;
        OwnCapWatts[Count] = ownCapWatts;
        Count++;
    }
}
