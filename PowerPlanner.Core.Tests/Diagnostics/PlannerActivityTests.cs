using System.Diagnostics;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Tests.Diagnostics;

[NonParallelizable]
internal sealed class PlannerActivityTests
{
    [Test]
    public void A_sweep_is_part_of_its_tick()
    {
        var ended = new List<Activity>();
        using (Listen(activity => ended.Add(activity)))
        {
            using var tick = PlannerActivity.Start(PlannerActivity.Tick, "east");
            using var sweep = PlannerActivity.Start(PlannerActivity.Sweep, "east");
            sweep.Set(PlannerActivity.OutcomeTag, "ok");
        }

        Assert.That(ended.Select(activity => activity.OperationName), Is.EqualTo(new[] { PlannerActivity.Sweep, PlannerActivity.Tick }));
        Assert.That(ended[0].ParentSpanId, Is.EqualTo(ended[1].SpanId));
        Assert.That(ended[0].TagObjects, Does.Contain(new KeyValuePair<string, object?>(PlannerActivity.OutcomeTag, "ok"))
            .And.Contain(new KeyValuePair<string, object?>(PlannerActivity.DeploymentTag, "east")));
    }

    [Test]
    public void A_failed_step_says_why()
    {
        var ended = new List<Activity>();
        using (Listen(activity => ended.Add(activity)))
        {
            using var step = PlannerActivity.Start(PlannerActivity.Step, "east");
            step.Fail("denied");
        }

        Assert.That((ended.Single().Status, ended.Single().StatusDescription), Is.EqualTo((ActivityStatusCode.Error, "denied")));
    }

    [Test]
    public void Nothing_is_made_while_no_one_listens()
    {
        using var span = PlannerActivity.Start(PlannerActivity.Tick, "east");

        Assert.That(span.IsRecorded, Is.False);
    }

    [Test]
    public void A_listener_that_throws_does_not_reach_the_loop()
    {
        using var listener = Listen(_ => throw new InvalidOperationException("broken exporter"));

        Assert.That(
            () =>
            {
                using var span = PlannerActivity.Start(PlannerActivity.Tick, "east");
                span.Set(PlannerActivity.ValueTag, 3);
            },
            Throws.Nothing);
    }

    private static ActivityListener Listen(Action<Activity> stopped)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == PlannerInstruments.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = stopped,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
