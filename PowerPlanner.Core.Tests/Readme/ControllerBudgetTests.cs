using PowerPlanner.Facility;
using PowerPlanner.Planning;
using PowerPlanner.Tests.Control;

namespace PowerPlanner.Tests.Readme;

internal sealed class ControllerBudgetTests
{
    [Test]
    public void The_README_shows_the_budget_that_is_compiled_here() =>
        Assert.That(ReadmeBlock.Under("Many deployments, one budget"), Is.EqualTo(ReadmeBlock.Compiled("ControllerBudget.cs", withUsings: false)));

    [Test]
    public async Task Two_controllers_follow_a_changing_budget_and_never_charge_more_than_falls_or_fits()
    {
        using var east = new ControlBench(ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 12_000 } });
        using var west = new ControlBench(ControlBench.Unit with { Limits = new PlanningLimits { BudgetWatts = 12_000 } });
        await east.Start();
        await west.Start();
        FacilityDeployment[] deployments =
        [
            new("east", Planner.Prepare(east.Problem).Frontier(new PlanningLimits { BudgetWatts = 40_000 }, east.Problem.Corrections)),
            new("west", Planner.Prepare(west.Problem).Frontier(new PlanningLimits { BudgetWatts = 40_000 }, west.Problem.Corrections)) { Priority = 1 },
        ];
        var handout = new FacilityHandout(new Dictionary<string, IFacilityBudget> { ["east"] = new ControllerBudget(east.Controller), ["west"] = new ControllerBudget(west.Controller) });

        foreach (var budget in new[] { 30_000L, 9_000L, 24_000L, 6_000L, 40_000L })
        {
            var answer = FacilityDivision.Divide(deployments, budget);
            var charged = east.Controller.Status.LedgerWatts + west.Controller.Status.LedgerWatts;
            var rounds = 0;
            for (; (await handout.AdvanceAsync(answer.Shares, budget)).Count > 0 && rounds < 30; rounds++)
            {
                foreach (var bench in new[] { west, east })
                {
                    await bench.Tick();
                    var now = east.Controller.Status.LedgerWatts + west.Controller.Status.LedgerWatts;
                    Assert.That(now, Is.LessThanOrEqualTo(Math.Max(budget, charged)), $"Budget {budget} W.");
                    charged = now;
                }
            }

            Assert.That(rounds, Is.InRange(1, 29), $"Budget {budget} W.");
            Assert.That(east.Controller.Status.BudgetWatts, Is.EqualTo(Math.Max(1, answer.Shares[0].Watts)));
            Assert.That(west.Controller.Status.BudgetWatts, Is.EqualTo(Math.Max(1, answer.Shares[1].Watts)));
            Assert.That(charged, Is.LessThanOrEqualTo(budget));
        }
    }

    [Test]
    public async Task A_share_is_not_in_force_before_the_fleet_has_been_read()
    {
        using var bench = new ControlBench();
        var share = new ControllerBudget(bench.Controller);
        Assert.That(await share.ReadInForceAsync(default), Is.Null);

        await bench.Start();

        Assert.That(await share.ReadInForceAsync(default), Is.GreaterThanOrEqualTo(bench.Controller.Status.LedgerWatts));
    }
}
