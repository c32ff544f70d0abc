using System.Diagnostics.Metrics;
using PowerPlanner.Diagnostics;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Diagnostics;

/// <summary>Instruments with a deployment in which everything has a value, and what a collection of them sees.</summary>
internal static class Instruments
{
    public static readonly PlannerFigures Figures = new()
    {
        BudgetWatts = 10_000,
        ProjectedWatts = 9_000,
        Corrections = new Corrections(1.1, 1.2, 1.3, 1.4, 1.5),
        ConsecutiveFailures = 2,
        State = "Watching",
        DisabledReason = "startup_exception",
        ImpliedThetaDecode = 0.8,
        ImpliedThetaPrefillFraction = 0.7,
        SetThetaDecode = 0.6,
        SetThetaPrefillFraction = 0.5,
        SetPrefillTokens = 4_096,
        PlanPeakWatts = 9_500,
        LedgerWatts = 9_100,
        MeasuredWatts = 8_000,
        CapGeneration = 7,
        UnacknowledgedFrontends = 3,
        IsDecodePowerLimited = true,
    };

    public static DeploymentInstruments Deployment(this PlannerInstruments instruments, string name = "east", bool isAggregated = false) =>
        instruments.ForDeployment(name, ["Cold", "Watching"], ["infeasible_at_startup", "startup_exception"], isAggregated);

    /// <summary>A deployment of which every instrument has something to say.</summary>
    public static DeploymentInstruments Talkative(this PlannerInstruments instruments)
    {
        var deployment = instruments.Deployment();
        deployment.Publish(Figures);
        deployment.CountClamp("power_budget_clamped");
        deployment.CountCapMoved("decode", "min");
        deployment.CountRefusedValue("ttftMs");
        return deployment;
    }

    /// <summary>Every measurement of the given instruments, written <c>name{tag=value,…} value</c>.</summary>
    public static List<string> Collect(this PlannerInstruments instruments, Action? act = null)
    {
        var seen = new List<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => Enable(instrument, listener, instruments) };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => seen.Add(Write(instrument, value, tags)));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Add(Write(instrument, value, tags)));
        listener.Start();
        act?.Invoke();
        listener.RecordObservableInstruments();
        return seen;
    }

    public static void Enable(Instrument instrument, MeterListener listener, PlannerInstruments instruments)
    {
        if (ReferenceEquals(instrument.Meter, instruments.Meter))
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }

    private static string Write(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        FormattableString.Invariant($"{instrument.Name}{{{string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}}} {value}");
}
