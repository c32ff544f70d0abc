using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Tests.Control.Chaos;

namespace PowerPlanner.Tests.Control.Journals;

/// <summary>A journal that fails is told of once, when it begins and when it ends, and the loop goes on.</summary>
internal sealed class LoopJournalTests
{
    [Test]
    public async Task A_journal_that_fails_is_logged_at_its_edges()
    {
        var log = new FakeLogger();
        var time = new FakeTimeProvider();
        var journal = new FailingJournal(every: 1);
        var chaos = ChaosCase.Of(1);
        var fleet = new InMemoryFleet(chaos.Fleet, time);
        using var controller = new PowerPlannerController(chaos.Problem, chaos.Options, fleet, fleet, new ControllerServices { TimeProvider = time, Logger = log, Journal = journal });
        await controller.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            time.Advance(TimeSpan.FromSeconds(60));
            await controller.TickAsync();
        }

        Assert.That(log.Collector.GetSnapshot().Count(entry => entry.Id.Id == 612), Is.EqualTo(1));
        journal.Every = 0;
        time.Advance(TimeSpan.FromSeconds(60));
        await controller.TickAsync();

        // This journal always says that it is full.
        Assert.That(log.Collector.GetSnapshot().Count(entry => entry.Id.Id == 613), Is.EqualTo(1));
    }
}
