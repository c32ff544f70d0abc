using System.Diagnostics.Metrics;
using PowerPlanner.Diagnostics;
using PowerPlanner.Tests.Diagnostics;

namespace PowerPlanner.Tests.Readme;

internal sealed class MetricsDocumentTests
{
    private const string ReferencePrefix = "dynamo_";

    [Test]
    [Property("Defect", "D-38")]
    public void The_table_of_metrics_is_that_of_the_code()
    {
        var instruments = Published();

        GeneratedDocument.AssertIsCurrent("metrics.md",
        [
            "# Metrics",
            "",
            $"Meter `{PlannerInstruments.MeterName}` (`PlannerInstruments.MeterName`): add it to your exporter, `.AddMeter(PlannerInstruments.MeterName)` with OpenTelemetry.",
            "Every measurement has the label `deployment`, the name that the planner was registered with. A value that is not known has no series:",
            "alert on absence where it matters. Gauges are those of the last tick. Counters start at 0 when the process does.",
            "",
            "This page is written from the code by a test (`POWERPLANNER_WRITE_DOCS=1 dotnet test`); do not edit it.",
            "",
            "## The reference planner's names",
            "",
            "Dashboards and alerts of the reference planner find what they look for. These instruments carry no unit, so that a Prometheus exporter",
            "adds no suffix: the names below are the exported ones.",
            "",
            GeneratedDocument.Row("name", "type", "further labels", "meaning"),
            GeneratedDocument.Row("---", "---", "---", "---"),
            .. from entry in instruments
               where entry.Instrument.Name.StartsWith(ReferencePrefix, StringComparison.Ordinal)
               select GeneratedDocument.Row(GeneratedDocument.Code(entry.Instrument.Name), TypeOf(entry.Instrument), Labels(entry.Tags), entry.Instrument.Description),
            "",
            "## The library's own",
            "",
            "Named after OpenTelemetry's conventions; `exported` is what a Prometheus exporter makes of name and unit.",
            "",
            GeneratedDocument.Row("name", "exported", "type", "unit", "further labels", "meaning"),
            GeneratedDocument.Row("---", "---", "---", "---", "---", "---"),
            .. from entry in instruments
               where !entry.Instrument.Name.StartsWith(ReferencePrefix, StringComparison.Ordinal)
               select GeneratedDocument.Row(
                   GeneratedDocument.Code(entry.Instrument.Name), GeneratedDocument.Code(Exported(entry.Instrument)), TypeOf(entry.Instrument),
                   GeneratedDocument.Code(entry.Instrument.Unit), Labels(entry.Tags), entry.Instrument.Description),
        ]);
    }

    [Test]
    public void Names_of_the_reference_carry_no_unit() =>
        Assert.That(Published().Where(entry => entry.Instrument.Name.StartsWith(ReferencePrefix, StringComparison.Ordinal)).Select(entry => entry.Instrument.Unit), Is.All.Null);

    [Test]
    public void The_librarys_own_metrics_carry_a_unit() =>
        Assert.That(Published().Where(entry => !entry.Instrument.Name.StartsWith(ReferencePrefix, StringComparison.Ordinal)).Select(entry => entry.Instrument.Unit), Is.All.Not.Null);

    private static List<(Instrument Instrument, string[] Tags)> Published()
    {
        var published = new List<Instrument>();
        var tagsSeen = new Dictionary<Instrument, string[]>();
        using var instruments = new PlannerInstruments();
        using var deployment = instruments.Talkative();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter, instruments.Meter))
                {
                    published.Add(instrument);
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => tagsSeen[instrument] = Keys(tags));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => tagsSeen[instrument] = Keys(tags));
        listener.Start();
        deployment.RecordSweep(TimeSpan.FromSeconds(1), "ok");
        listener.RecordObservableInstruments();
        return [.. published.Select(instrument => (instrument, tagsSeen[instrument]))];
    }

    private static string[] Keys(ReadOnlySpan<KeyValuePair<string, object?>> tags) => [.. tags.ToArray().Select(tag => tag.Key).Where(key => key != "deployment")];

    private static string Labels(string[] tags) => string.Join(", ", tags.Select(GeneratedDocument.Code));

    private static string TypeOf(Instrument instrument) => instrument switch
    {
        Histogram<double> => "histogram",
        ObservableCounter<long> => "counter",
        _ => "gauge",
    };

    private static string Exported(Instrument instrument)
    {
        var unit = instrument.Unit switch { "W" => "_watts", "s" => "_seconds", _ => string.Empty };
        return instrument.Name.Replace('.', '_') + unit + (TypeOf(instrument) == "counter" ? "_total" : string.Empty);
    }
}
