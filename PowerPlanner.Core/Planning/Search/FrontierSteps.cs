namespace PowerPlanner.Planning.Search;

/// <summary>One plan that could be a trade-off.</summary>
/// <param name="Prefill">Place in the prefill front.</param>
/// <param name="Decode">Place in the decode front.</param>
internal readonly record struct FrontierStep(long Watts, long Gpus, double Throughput, int Prefill, int Decode, int PrefillReplicas, int DecodeReplicas) : IComparable<FrontierStep>
{
    public int CompareTo(FrontierStep other) => Watts.CompareTo(other.Watts);
}

/// <summary>The plans that tie on one trade-off: of equal watts, with the fewest GPUs that reach the most throughput.</summary>
internal readonly record struct FrontierLevel(int Start, int End, double Floor, long Gpus);

/// <summary>
/// Gathers plans by watts and throughput. A coarse staircase of the best so far keeps out what is beaten with watts to spare; the rest
/// is sorted once.
/// </summary>
internal sealed class FrontierSteps
{
    private const int Stairs = 4096;

    private readonly double[] _best = new double[Stairs + 1];
    private readonly long _wattsPerStair;
    private readonly List<FrontierStep> _steps = [];

    public FrontierSteps(long budgetWatts, long mostWatts)
    {
        _wattsPerStair = (Math.Min(budgetWatts, mostWatts) / Stairs) + 1;
    }

    public ref readonly FrontierStep this[int index] => ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_steps)[index];

    public void Add(in FrontierStep step)
    {
        var stair = (int)(step.Watts / _wattsPerStair);

        // Everything on the stair below draws fewer watts.
        if (_best[stair] >= step.Throughput)
        {
            return;
        }

        _steps.Add(step);
        for (var above = stair + 1; above <= Stairs && _best[above] < step.Throughput; above++)
        {
            _best[above] = step.Throughput;
        }
    }

    /// <summary>The trade-offs in ascending order of watts. Sorts; call it once, after the last step.</summary>
    public IEnumerable<FrontierLevel> Levels()
    {
        _steps.Sort();
        var served = 0.0;
        for (var start = 0; start < _steps.Count;)
        {
            var end = start;
            var most = 0.0;
            for (; end < _steps.Count && _steps[end].Watts == _steps[start].Watts; end++)
            {
                most = Math.Max(most, _steps[end].Throughput);
            }

            if (most > served * (1 + Replicas.RelativeTolerance))
            {
                served = most;
                var floor = Replicas.Floor(most);
                var gpus = long.MaxValue;
                for (var k = start; k < end; k++)
                {
                    gpus = _steps[k].Throughput >= floor ? Math.Min(gpus, _steps[k].Gpus) : gpus;
                }

                yield return new FrontierLevel(start, end, floor, gpus);
            }

            start = end;
        }
    }
}
