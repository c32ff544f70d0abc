using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Control;

/// <summary>A model whose answers can be replaced, made to throw or to hang, and whose sweeps are counted.</summary>
internal sealed class SwitchableModel(IPerformanceModel inner) : IPerformanceModel
{
    private int _sweeps;

    public IPerformanceModel Inner { get; set; } = inner;

    /// <summary>What the next questions end in; null = an answer.</summary>
    public Func<Exception>? Failure { get; set; }

    /// <summary>Set to make questions wait for it.</summary>
    public ManualResetEventSlim? Hang { get; set; }

    public int Sweeps => _sweeps;

    public double? NameplateWatts => Inner.NameplateWatts;

    public long KvCapacityTokens => Inner.KvCapacityTokens;

    public StepEstimate EstimatePrefill(PrefillQuery query)
    {
        Interlocked.Increment(ref _sweeps);
        Hang?.Wait();
        return Failure is { } failure ? throw failure() : Inner.EstimatePrefill(query);
    }

    public StepEstimate EstimateDecode(DecodeQuery query) => Inner.EstimateDecode(query);

    public void EstimateDecodeSweep(long contextTokens, Span<StepEstimate> estimates) => Inner.EstimateDecodeSweep(contextTokens, estimates);
}
