using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Control.Chaos;

/// <summary>A model with a few numbers and many moods.</summary>
internal sealed class ChaosModel : IPerformanceModel
{
    private TaskCompletionSource? _hanging;

    public enum Mood
    {
        Fine,
        Throws,
        Hangs,
        NoData,
        NotFinite,
        Negative,
        NoPower,
        AbsurdPower,
        CancelsByItself,
    }

    public Mood Now { get; private set; }

    public double PrefillMs { get; set; } = 50;

    public double DecodeMs { get; set; } = 10;

    public double PrefillWatts { get; set; } = 400;

    public double DecodeWatts { get; set; } = 300;

    public double? NameplateWatts { get; set; } = 700;

    public long KvCapacityTokens { get; set; } = 50_000;

    public void Be(Mood mood)
    {
        Now = mood;
        if (mood == Mood.Hangs)
        {
            _hanging ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        else
        {
            _hanging?.SetResult();
            _hanging = null;
        }
    }

    public StepEstimate EstimatePrefill(PrefillQuery query) => Answer(PrefillMs, PrefillWatts);

    public StepEstimate EstimateDecode(DecodeQuery query) => Answer(DecodeMs, DecodeWatts);

    private StepEstimate Answer(double latencyMs, double watts)
    {
        _hanging?.Task.Wait();
        return Now switch
        {
            Mood.Throws => throw new InvalidOperationException("The model is in a bad mood."),
            Mood.CancelsByItself => throw new OperationCanceledException("The model gives up."),
            Mood.NoData => StepEstimate.NoData,
            Mood.NotFinite => new StepEstimate(double.PositiveInfinity, watts, 1, Provenance.Modelled),
            Mood.Negative => new StepEstimate(-latencyMs, -watts, 1, Provenance.Modelled),
            Mood.NoPower => new StepEstimate(latencyMs, null, 0, Provenance.Modelled),
            Mood.AbsurdPower => new StepEstimate(latencyMs, 5 * watts, 1, Provenance.Modelled),
            _ => new StepEstimate(latencyMs, watts, 1, Provenance.Modelled),
        };
    }
}
