using PowerPlanner.Control;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Control.Loop;

/// <summary>Which plans a fleet moves for: ten sequences take 45 ms a token and one takes 30 ms, where 50 ms are allowed.</summary>
internal sealed class BetterPlanTests
{
    private const int Large = 10;
    private const int Small = 1;

    [Test]
    public async Task Where_nothing_meets_the_targets_the_fleet_moves_to_what_misses_them_least_though_it_serves_less()
    {
        using var bench = Bench(new ControlOptions { ReoptimizeInterval = TimeSpan.FromDays(1) });
        var before = (await bench.Start()).Plan!.DecodeBatch;

        // Twice as slow as the models, for so long that one sequence misses too.
        await bench.Ticks(8, Itl(90));
        var status = await bench.Controller.ReplanAsync();

        Assert.That((before, status.IsBestEffort, status.Plan!.DecodeBatch), Is.EqualTo((Large, true, Small)));
    }

    [Test]
    public async Task Where_nothing_meets_the_targets_a_plan_that_is_found_again_is_kept()
    {
        using var bench = new ControlBench(ControlBench.Unit with { TtftTargetMs = 40 });
        var plan = (await bench.Start()).Plan;

        var status = await bench.Controller.ReplanAsync();

        Assert.That((status.IsBestEffort, ReferenceEquals(status.Plan, plan)), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task A_plan_that_takes_all_that_the_budgets_allow_is_kept_when_it_is_found_again()
    {
        using var bench = new ControlBench(ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 5600, GpuBudget = 16 } });
        var plan = (await bench.Start()).Plan!;

        var status = await bench.Controller.ReplanAsync();

        Assert.That((plan.TotalWatts, plan.TotalGpus, ReferenceEquals(status.Plan, plan)), Is.EqualTo((5600L, 16L, true)));
    }

    [Test]
    public async Task A_fleet_that_keeps_leaving_a_plan_goes_back_to_it_twice_at_once_and_then_if_it_serves_much_more_after_twelve_intervals()
    {
        var options = new ControlOptions();
        using var bench = Bench(options);
        await bench.Start();

        var waits = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            await Until(bench, Small, Itl(60));
            waits.Add(await Until(bench, Large, Itl(30)) / options.ReoptimizeInterval);
        }

        using (Assert.EnterMultipleScope())
        {
            // The first waits are those for the coefficient to ease.
            Assert.That(waits.Take(2), Is.All.LessThan(1));
            Assert.That(waits.Skip(2), Is.All.InRange(11, 12), "twelve since it last came back");
        }
    }

    private static ControlBench Bench(ControlOptions options) => new(
        ControlBench.Unit with { Batches = BatchPolicy.All },
        options,
        model: new TablePerformanceModel([new TablePrefillPoint(50, 400)], [new TableDecodePoint(Small, 30, 250), new TableDecodePoint(Large, 45, 300)], 50_000, 700));

    private static Observation Itl(double ms) => new() { Duration = TimeSpan.FromSeconds(60), Requests = 10, ItlMs = ms };

    /// <summary>Ticks and plans until the plan has this batch, and tells how long that took.</summary>
    private static async Task<TimeSpan> Until(ControlBench bench, int batch, Observation observation)
    {
        var since = bench.Time.GetUtcNow();
        while (bench.Controller.Status.Plan!.DecodeBatch != batch && bench.Time.GetUtcNow() - since < TimeSpan.FromHours(3))
        {
            await bench.Tick(observation);
            await bench.Controller.ReplanAsync();
        }

        return bench.Time.GetUtcNow() - since;
    }
}
