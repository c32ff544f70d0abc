using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Planning;

/// <summary>Points of a side that are charged alike, and which of them serves a demand that several would serve.</summary>
internal sealed class PointTieTests
{
    [TestCase(4.0, 8)]
    [TestCase(4.0001, 16)]
    [TestCase(8.0, 16)]
    [TestCase(8.0001, 32)]
    public void The_lowest_batch_that_suffices_is_taken(double demand, int expected)
    {
        // 8, 16 and 32 sequences of 200 tokens at 10 ms each: 4, 8 and 16 requests/s a replica, all for 300 W.
        var model = new TablePerformanceModel([new TablePrefillPoint(50, 400)], [new TableDecodePoint(32, 10, 300), new TableDecodePoint(8, 10, 300), new TableDecodePoint(16, 10, 300)], 50_000);
        var problem = OneReplica(model) with { Batches = BatchPolicy.All, TargetRequestsPerSecond = demand };

        Assert.That(Problems.Feasible(problem).DecodeBatch, Is.EqualTo(expected));
    }

    [Test]
    public void A_lower_batch_that_costs_more_is_not_taken()
    {
        var model = new TablePerformanceModel([new TablePrefillPoint(50, 400)], [new TableDecodePoint(32, 10, 300), new TableDecodePoint(8, 10, 301)], 50_000);
        var problem = OneReplica(model) with { Batches = BatchPolicy.All, TargetRequestsPerSecond = 1 };

        Assert.That(Problems.Feasible(problem).DecodeBatch, Is.EqualTo(32));
    }

    [Test]
    public void Of_equal_batches_the_faster_is_taken_though_the_slower_would_do()
    {
        var model = new TablePerformanceModel([new TablePrefillPoint(50, 400)], [new TableDecodePoint(16, 20, 300), new TableDecodePoint(16, 10, 300)], 50_000);
        var problem = OneReplica(model) with { TargetRequestsPerSecond = 1 };

        Assert.That(Problems.Feasible(problem).ItlMs, Is.EqualTo(10));
    }

    [Test]
    public void Of_equal_prefill_points_the_faster_is_taken_though_the_slower_would_do()
    {
        var model = new TablePerformanceModel([new TablePrefillPoint(100, 400), new TablePrefillPoint(50, 400)], [new TableDecodePoint(16, 10, 300)], 50_000);
        var problem = OneReplica(model) with { TargetRequestsPerSecond = 1 };

        Assert.That(Problems.Feasible(problem).TtftMs, Is.EqualTo(50));
    }

    [Test]
    public void A_point_that_misses_its_target_takes_part_in_no_tie()
    {
        // The lower batch is charged alike and would serve the demand, at 60 ms where 50 ms are asked for.
        var model = new TablePerformanceModel([new TablePrefillPoint(50, 400)], [new TableDecodePoint(32, 10, 300), new TableDecodePoint(8, 60, 300)], 50_000);
        var problem = OneReplica(model) with { Batches = BatchPolicy.All, TargetRequestsPerSecond = 0.1 };

        Assert.That(Problems.Feasible(problem).DecodeBatch, Is.EqualTo(32));
    }

    [TestCase(9.9, 350)]
    [TestCase(10.1, 500)]
    public void Of_caps_that_the_same_floor_is_charged_for_the_lowest_that_suffices_is_taken(double demand, int expected)
    {
        // 500 W serve 20 requests/s and 350 W serve 10; both are charged 600 W.
        var model = new TablePerformanceModel([new TablePrefillPoint(50, 500), new TablePrefillPoint(100, 350)], [new TableDecodePoint(32, 10, 300)], 50_000);
        var problem = OneReplica(model) with { TargetRequestsPerSecond = demand, Limits = new PlanningLimits { GpuBudget = 16, PrefillChargeFloorWatts = 600 } };

        Assert.That(Problems.Feasible(problem).PrefillCapWatts, Is.EqualTo(expected));
    }

    // One replica of each role, whatever they serve.
    private static PlanningProblem OneReplica(IPerformanceModel model) => Problems.Unit().WithModel(model) with { Limits = new PlanningLimits { GpuBudget = 16 } };
}
