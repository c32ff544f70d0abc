using PowerPlanner.Diagnostics;

namespace PowerPlanner.Tests.Diagnostics;

internal sealed class EdgeLogTests
{
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);

    [Test]
    [Property("Rule", "LIB-18-b")]
    public void A_condition_speaks_when_it_begins_and_when_it_ends()
    {
        var log = new EdgeLog<string>();

        var kinds = new[] { false, true, true, true, false, false }.Select((holds, tick) => Tick(log, "stale", holds, tick).Kind);

        Assert.That(kinds, Is.EqualTo(new[] { EdgeKind.None, EdgeKind.Entered, EdgeKind.None, EdgeKind.None, EdgeKind.Exited, EdgeKind.None }));
    }

    [Test]
    [Property("Rule", "LIB-18-c")]
    public void A_condition_that_lasts_is_remembered_every_so_many_ticks()
    {
        var log = new EdgeLog<string>(reminderTicks: 60);

        var reminders = Enumerable.Range(0, 200).Where(tick => Tick(log, "stale", holds: true, tick).Kind == EdgeKind.Reminder);

        Assert.That(reminders, Is.EqualTo(new[] { 60, 120, 180 }));
    }

    [Test]
    public void Its_end_says_how_long_it_lasted()
    {
        var log = new EdgeLog<string>();
        Tick(log, "stale", holds: true, 10);

        Assert.That(Tick(log, "stale", holds: false, 25), Is.EqualTo(new Edge(EdgeKind.Exited, TimeSpan.FromMinutes(15))));
    }

    [Test]
    public void Causes_do_not_hide_each_other()
    {
        var log = new EdgeLog<(string Signal, string Cause)>();
        log.BeginTick();
        log.Set(("ttftMs", "negative"), true, Start);

        Assert.That(log.Set(("ttftMs", "notFinite"), true, Start).Kind, Is.EqualTo(EdgeKind.Entered));
    }

    [Test]
    public void What_is_stated_twice_on_one_tick_counts_once()
    {
        var log = new EdgeLog<string>(reminderTicks: 2);
        Tick(log, "bad", holds: true, 0);
        Tick(log, "bad", holds: true, 1);

        var again = log.Set("bad", true, Start);

        Assert.That(again.Kind, Is.EqualTo(EdgeKind.None));
    }

    [Test]
    public void A_cause_that_is_not_stated_again_has_ended()
    {
        var log = new EdgeLog<string>();
        Tick(log, "ttftMs", holds: true, 0);
        Tick(log, "itlMs", holds: true, 1);

        var ended = log.EndTick(Start + TimeSpan.FromMinutes(1)).ToArray();

        Assert.That(ended, Is.EqualTo(new[] { new KeyValuePair<string, TimeSpan>("ttftMs", TimeSpan.FromMinutes(1)) }));
        Assert.That(log.Holds("itlMs"), Is.True);
    }

    [Test]
    public void Nothing_is_allocated_while_nothing_changes()
    {
        var log = new EdgeLog<string>();
        Tick(log, "stale", holds: true, 0);
        Tick(log, "stale", holds: true, 1);
        log.EndTick(Start);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Tick(log, "stale", holds: true, 2);
        Tick(log, "other", holds: false, 2);
        log.Set("stale", true, Start);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static Edge Tick(EdgeLog<string> log, string cause, bool holds, int minute)
    {
        log.BeginTick();
        return log.Set(cause, holds, Start + TimeSpan.FromMinutes(minute));
    }
}
