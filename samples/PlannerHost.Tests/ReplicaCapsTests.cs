using PowerPlanner.Control;

namespace PlannerHost.Tests;

internal sealed class ReplicaCapsTests
{
    [Test]
    public void Nothing_has_no_caps()
    {
        var caps = ReplicaCaps.Of([], 2);

        Assert.That((caps.Counts.Length, caps.Unknown, caps.HighestWatts), Is.EqualTo((0, 0, (int?)null)));
    }

    [Test]
    public void Parts_are_put_together_so_that_the_sum_is_the_highest()
    {
        var caps = ReplicaCaps.Of([300, null, 500, 400, 300], 2);

        Assert.That((caps.Unknown, caps.HighestWatts, caps.Counts), Is.EqualTo((1, (int?)400, new[] { new CapCount(300, 1), new CapCount(400, 1) })));
    }

    [Test]
    public void Parts_beyond_the_replicas_that_there_are_belong_to_none()
    {
        var caps = ReplicaCaps.Of([300, 500, 400, 450], 1, mostReplicas: 2);

        Assert.That(caps.Counts, Is.EqualTo(new[] { new CapCount(450, 1), new CapCount(500, 1) }));
    }
}
