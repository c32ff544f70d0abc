using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using PowerPlanner.Control;
using PowerPlanner.Diagnostics;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control;

/// <summary>Whoever listens to a controller cannot break it.</summary>
[NonParallelizable]
internal sealed class BrokenListenersTests
{
    [Test]
    public async Task A_logger_that_throws_stops_nothing()
    {
        using var bench = new ControlBench(logger: new BrokenLogger());

        await AssertMoves(bench);
    }

    [Test]
    public async Task A_metric_listener_that_throws_stops_nothing()
    {
        using var bench = new ControlBench();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == PlannerInstruments.MeterName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("broken exporter"));
        listener.Start();

        await AssertMoves(bench);
    }

    [TestCase(true, false)]
    [TestCase(false, true)]
    public async Task A_trace_listener_that_throws_stops_nothing(bool whenStarted, bool whenStopped)
    {
        using var bench = new ControlBench();
        using var listener = Listen(
            whenStarted ? _ => throw new InvalidOperationException("broken exporter") : null,
            whenStopped ? _ => throw new InvalidOperationException("broken exporter") : null);

        await AssertMoves(bench);

        Assert.That(Activity.Current, Is.Null);
    }

    [Test]
    public async Task A_handler_of_state_changes_that_throws_stops_neither_the_loop_nor_the_next_handler()
    {
        using var bench = new ControlBench();
        var changes = new List<ControllerState>();
        bench.Controller.StateChanged += (_, _) => throw new InvalidOperationException("broken handler");
        bench.Controller.StateChanged += (_, change) => changes.Add(change.To);

        await AssertMoves(bench);

        Assert.That(changes, Is.Not.Empty);
    }

    [Test]
    public async Task A_trace_shows_ticks_with_their_sweeps_and_commands()
    {
        using var bench = new ControlBench();
        var ended = new List<Activity>();
        using var listener = Listen(null, activity => ended.Add(activity));
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Refuse, Target = FleetFaultTarget.Replicas, Count = 1 });

        await bench.Start();

        var tick = ended.Single(activity => activity.OperationName == PlannerActivity.Tick);
        var sweep = ended.Single(activity => activity.OperationName == PlannerActivity.Sweep);
        var steps = ended.Where(activity => activity.OperationName == PlannerActivity.Step).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tick.GetTagItem(PlannerActivity.TriggerTag), Is.EqualTo("start"));
            Assert.That(tick.GetTagItem(PlannerActivity.StateTag), Is.EqualTo("Converging"));
            Assert.That(sweep.GetTagItem(PlannerActivity.OutcomeTag), Is.EqualTo("ok"));
            Assert.That(sweep.ParentSpanId, Is.EqualTo(tick.SpanId));
            Assert.That(steps.Select(step => step.ParentSpanId), Is.All.EqualTo(tick.SpanId));
            Assert.That(steps.Select(step => $"{step.GetTagItem(PlannerActivity.CommandTag)} {step.GetTagItem(PlannerActivity.TargetTag)} {step.GetTagItem(PlannerActivity.ValueTag)} {step.Status}"), Is.EqualTo(new[]
            {
                "setCap prefill 400 Unset",
                "setCap decode 300 Unset",
                "setReplicas prefill 1 Error",
                "setReplicas decode 1 Unset",
            }));
        }
    }

    private static async Task AssertMoves(ControlBench bench)
    {
        await bench.Start();
        bench.Controller.UpdateBudget(5600);
        var status = await bench.Tick();

        Assert.That((status.Applied.PrefillReplicas, status.Applied.DecodeReplicas, status.Swept), Is.EqualTo((1, 1, true)));
    }

    private static ActivityListener Listen(Action<Activity>? started, Action<Activity>? stopped)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == PlannerInstruments.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = started,
            ActivityStopped = stopped,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private sealed class BrokenLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new IOException("disk full");

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => throw new IOException("disk full");
    }
}
