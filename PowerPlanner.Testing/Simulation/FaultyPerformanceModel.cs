using PowerPlanner.Performance;

namespace PowerPlanner.Testing.Simulation;

/// <summary>A performance model that fails on demand, around one that answers. Safe to call from several threads.</summary>
public sealed class FaultyPerformanceModel : IPerformanceModel, IDisposable
{
    private const double HugeLatencyMs = 999_999;

    private readonly ManualResetEventSlim _release = new(initialState: true);
    private IPerformanceModel _inner;
    private int _mode = -1;
    private long _calls;
    private volatile bool _isHanging;

    /// <summary>Creates the model.</summary>
    /// <param name="inner">What answers while nothing fails.</param>
    public FaultyPerformanceModel(IPerformanceModel inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
    }

    /// <summary>How many questions have come in.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>How it fails now; null = not at all.</summary>
    public ModelFailureMode? Mode => Volatile.Read(ref _mode) is >= 0 and var mode ? (ModelFailureMode)mode : null;

    /// <summary>Whether a question hangs.</summary>
    public bool IsHanging => _isHanging;

    /// <inheritdoc/>
    public double? NameplateWatts => _inner.NameplateWatts;

    /// <inheritdoc/>
    public long KvCapacityTokens => _inner.KvCapacityTokens;

    /// <summary>Starts to fail, or ends it. Questions that hang are let go when it ends.</summary>
    /// <param name="mode">How; null = not at all.</param>
    public void Fail(ModelFailureMode? mode)
    {
        Volatile.Write(ref _mode, mode is { } how ? (int)how : -1);
        if (mode == ModelFailureMode.Hangs)
        {
            _release.Reset();
        }
        else
        {
            _release.Set();
        }
    }

    /// <summary>Answers like another model from now on.</summary>
    /// <param name="inner">The other model.</param>
    public void Replace(IPerformanceModel inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Volatile.Write(ref _inner, inner);
    }

    /// <inheritdoc/>
    public StepEstimate EstimatePrefill(PrefillQuery query) => Answer(_inner.EstimatePrefill(query));

    /// <inheritdoc/>
    public StepEstimate EstimateDecode(DecodeQuery query) => Answer(_inner.EstimateDecode(query));

    /// <inheritdoc/>
    public void EstimateDecodeSweep(long contextTokens, Span<StepEstimate> estimates)
    {
        _inner.EstimateDecodeSweep(contextTokens, estimates);
        if (Mode == ModelFailureMode.NoData)
        {
            estimates.Fill(StepEstimate.NoData);
            return;
        }

        for (var i = 0; i < estimates.Length; i++)
        {
            estimates[i] = Answer(estimates[i]);
        }
    }

    /// <summary>Lets go what hangs.</summary>
    public void Dispose()
    {
        Fail(null);
        _release.Dispose();
    }

    private StepEstimate Answer(StepEstimate estimate)
    {
        Interlocked.Increment(ref _calls);
        switch (Mode)
        {
            case null:
                return estimate;
            case ModelFailureMode.NoData:
                throw new NoPerformanceDataException("The simulated model has no data.");
            case ModelFailureMode.Throws:
                throw new InvalidOperationException("The simulated model fails.");
            case ModelFailureMode.HugeLatencies:
                return estimate with { LatencyMs = HugeLatencyMs };
            default:
                _isHanging = true;
                _release.Wait();
                _isHanging = false;
                return estimate;
        }
    }
}
