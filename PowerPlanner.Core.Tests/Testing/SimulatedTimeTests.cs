using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Tests.Testing;

internal sealed class SimulatedTimeTests
{
    [Test]
    public void Time_stands_still_until_it_is_moved()
    {
        var time = new SimulatedTime();
        var start = time.GetTimestamp();

        time.Advance(TimeSpan.FromSeconds(90));

        Assert.That(time.GetElapsedTime(start), Is.EqualTo(TimeSpan.FromSeconds(90)));
        Assert.That(time.GetUtcNow(), Is.EqualTo(new DateTimeOffset(2000, 1, 1, 0, 1, 30, TimeSpan.Zero)));
    }

    [Test]
    public void Timers_fire_in_order_of_their_due_times_and_at_them()
    {
        var time = new SimulatedTime();
        var fired = new List<(string, TimeSpan)>();
        using var late = time.CreateTimer(_ => fired.Add(("late", time.Elapsed)), null, TimeSpan.FromSeconds(20), Timeout.InfiniteTimeSpan);
        using var periodic = time.CreateTimer(_ => fired.Add(("periodic", time.Elapsed)), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));

        time.Advance(TimeSpan.FromSeconds(21));

        Assert.That(fired, Is.EqualTo(new[] { ("periodic", TimeSpan.FromSeconds(5)), ("periodic", TimeSpan.FromSeconds(15)), ("late", TimeSpan.FromSeconds(20)) }));
    }

    [Test]
    public async Task A_wait_of_hours_ends_at_once_when_its_timer_is_fired()
    {
        var time = new SimulatedTime();
        var wait = Task.Delay(TimeSpan.FromHours(3), time);

        var fired = time.FireNextTimer();
        await wait;

        Assert.That((fired, time.Elapsed, time.FireNextTimer()), Is.EqualTo((true, TimeSpan.FromHours(3), false)));
    }

    [Test]
    public void A_wall_clock_that_jumps_back_moves_no_timestamp()
    {
        var time = new SimulatedTime();
        time.Advance(TimeSpan.FromMinutes(5));
        var before = time.GetTimestamp();

        time.SetWallClock(time.GetUtcNow() - TimeSpan.FromHours(1));

        Assert.That(time.GetTimestamp(), Is.EqualTo(before));
        Assert.That(time.GetUtcNow(), Is.EqualTo(new DateTimeOffset(1999, 12, 31, 23, 5, 0, TimeSpan.Zero)));
    }

    [Test]
    public void Time_never_goes_back() => Assert.That(() => new SimulatedTime().Advance(TimeSpan.FromSeconds(-1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
