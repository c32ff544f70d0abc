using PowerPlanner.Feedback;

namespace PowerPlanner.Tests.Feedback;

internal sealed class ObservationWindowTests
{
    private static readonly TimeSpan MaxAge = Seconds(180);

    [Test]
    public void A_window_ends_its_age_ago()
    {
        Assert.That(ObservationWindow.Create(Seconds(600), Seconds(60), Seconds(30), MaxAge, out var window), Is.EqualTo(ReadingFault.None));
        Assert.That(window, Is.EqualTo(new ObservationWindow(Seconds(510), Seconds(570))));
        Assert.That(window.Duration, Is.EqualTo(Seconds(60)));
    }

    [TestCase(60, 180, ReadingFault.None)]
    [TestCase(60, 181, ReadingFault.Stale)]
    [TestCase(60, -1, ReadingFault.Negative)]
    [TestCase(-60, 0, ReadingFault.Negative)]
    [TestCase(0, 0, ReadingFault.Absurd)]
    [TestCase(86_400, 0, ReadingFault.None)]
    [TestCase(86_401, 0, ReadingFault.Absurd)]
    [Property("Rule", "LIB-4.3-a")]
    public void A_window_that_teaches_nothing_says_why(int durationSeconds, int ageSeconds, ReadingFault expected) =>
        Assert.That(ObservationWindow.Create(Seconds(600), Seconds(durationSeconds), Seconds(ageSeconds), MaxAge, out _), Is.EqualTo(expected));

    [Test]
    public void Extreme_spans_do_not_overflow()
    {
        Assert.That(ObservationWindow.Create(TimeSpan.Zero, Seconds(60), TimeSpan.MaxValue, MaxAge, out _), Is.EqualTo(ReadingFault.Stale));
        Assert.That(ObservationWindow.Create(TimeSpan.Zero, TimeSpan.MaxValue, TimeSpan.Zero, MaxAge, out _), Is.EqualTo(ReadingFault.Absurd));
        Assert.That(ObservationWindow.Create(TimeSpan.Zero, TimeSpan.MinValue, TimeSpan.Zero, MaxAge, out _), Is.EqualTo(ReadingFault.Negative));
    }

    [TestCase(510, false)]
    [TestCase(511, true)]
    [TestCase(569, true)]
    [TestCase(570, false)]
    public void Only_a_change_strictly_inside_a_window_is_straddled(int changedAtSeconds, bool expected) =>
        Assert.That(new ObservationWindow(Seconds(510), Seconds(570)).Straddles(Seconds(changedAtSeconds)), Is.EqualTo(expected));

    [Test]
    public void A_change_is_remembered_behind_newer_ones_that_came_after_the_window()
    {
        var changes = default(SideChanges);
        foreach (var at in (int[])[100, 160, 160, 220, 280])
        {
            changes = changes.Add(Seconds(at));
        }

        Assert.That(changes.AreStraddledBy(new ObservationWindow(Seconds(90), Seconds(150))), Is.True);
        Assert.That(changes.AreStraddledBy(new ObservationWindow(Seconds(100), Seconds(160))), Is.False);
        Assert.That(default(SideChanges).AreStraddledBy(new ObservationWindow(Seconds(0), Seconds(999))), Is.False);
    }

    [Test]
    public void A_doubled_or_earlier_instant_is_out_of_order_and_changes_nothing()
    {
        default(ObservationClock).Admit(Seconds(60), out var clock);

        foreach (var at in (int[])[60, 59, 0])
        {
            Assert.That(clock.Admit(Seconds(at), new ObservationWindow(Seconds(60), Seconds(120)), out var next), Is.EqualTo(ReadingFault.OutOfOrder));
            Assert.That(next, Is.EqualTo(clock));
        }
    }

    [Test]
    public void A_doubled_or_late_window_is_out_of_order_and_its_tick_still_counts()
    {
        default(ObservationClock).Admit(Seconds(120), new ObservationWindow(Seconds(60), Seconds(120)), out var clock);

        foreach (var end in (int[])[120, 119])
        {
            Assert.That(clock.Admit(Seconds(180), new ObservationWindow(Seconds(0), Seconds(end)), out var next), Is.EqualTo(ReadingFault.OutOfOrder));
            Assert.That(next, Is.EqualTo(new ObservationClock(Seconds(180), Seconds(120))));
        }
    }

    [Test]
    public void Ticks_and_windows_that_go_forward_are_admitted()
    {
        Assert.That(default(ObservationClock).Admit(Seconds(0), new ObservationWindow(Seconds(-60), Seconds(0)), out var clock), Is.EqualTo(ReadingFault.None));
        Assert.That(clock.Admit(Seconds(60), out clock), Is.EqualTo(ReadingFault.None));
        Assert.That(clock.Admit(Seconds(120), new ObservationWindow(Seconds(0), Seconds(60)), out clock), Is.EqualTo(ReadingFault.None));
        Assert.That(clock, Is.EqualTo(new ObservationClock(Seconds(120), Seconds(60))));
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
