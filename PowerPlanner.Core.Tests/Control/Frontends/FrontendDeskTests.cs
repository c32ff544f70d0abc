using System.Collections.Immutable;
using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Control.Frontends;

namespace PowerPlanner.Tests.Control.Frontends;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FrontendDeskTests
{
    private static readonly AdmissionThresholds Middle = new(0.8, 0.6, 4000);

    private FrontendDesk _desk;

    [Test]
    public void Before_the_first_plan_nobody_is_behind()
    {
        _desk = _desk.Reading([Frontend("f1"), Frontend("f2")]);

        Assert.That((_desk.Count, _desk.Unacknowledged, _desk.Current, _desk.Acknowledged), Is.EqualTo((2, 0, (AdmissionThresholds?)null, (AdmissionThresholds?)null)));
        Assert.That(Behind(), Is.Empty);
    }

    [Test]
    public void The_first_thresholds_wait_for_the_first_capacity()
    {
        _desk = _desk.Reading([Frontend("f1")]);

        _desk = _desk.Planning(Middle);
        Assert.That((_desk.Current, _desk.Final, _desk.Generation), Is.EqualTo(((AdmissionThresholds?)null, (AdmissionThresholds?)Middle, 0L)));

        _desk = _desk.Loosened();
        Assert.That((_desk.Current, _desk.Generation), Is.EqualTo(((AdmissionThresholds?)Middle, 1L)));
        Assert.That(Behind(), Is.EqualTo(new[] { "f1" }));
    }

    [Test]
    public void Without_a_plan_there_is_nothing_to_loosen()
    {
        _desk = _desk.Loosened();

        Assert.That((_desk.Current, _desk.Generation), Is.EqualTo(((AdmissionThresholds?)null, 0L)));
    }

    [Test]
    [Property("Rule", "LIB-13.2-f")]
    public void What_falls_is_due_with_the_plan_and_what_rises_with_its_capacity()
    {
        Given(Middle);

        _desk = _desk.Planning(new AdmissionThresholds(0.7, 0.9, 5000));
        Assert.That((_desk.Current, _desk.Generation), Is.EqualTo(((AdmissionThresholds?)new AdmissionThresholds(0.7, 0.6, 4000), 2L)));

        _desk = _desk.Loosened();
        Assert.That((_desk.Current, _desk.Generation), Is.EqualTo(((AdmissionThresholds?)new AdmissionThresholds(0.7, 0.9, 5000), 3L)));
    }

    [Test]
    public void Thresholds_that_only_rise_are_not_due_before_their_capacity()
    {
        Given(Middle);

        _desk = _desk.Planning(new AdmissionThresholds(0.9, 0.7, 5000));

        Assert.That((_desk.Current, _desk.Generation), Is.EqualTo(((AdmissionThresholds?)Middle, 1L)));
        Assert.That(Behind(), Is.EqualTo(new[] { "f1", "f2" }), "those that have not yet acknowledged what was due before");
    }

    [Test]
    [Property("Rule", "LIB-13.2-i")]
    public void The_same_thresholds_again_make_no_new_generation()
    {
        Given(Middle);
        Acknowledge("f1", "f2");

        _desk = _desk.Planning(Middle);
        _desk = _desk.Loosened();

        Assert.That((_desk.Generation, _desk.Unacknowledged), Is.EqualTo((1L, 0)));
        Assert.That(Behind(), Is.Empty);
    }

    [Test]
    [Property("Rule", "LIB-10.4-a")]
    public void A_frontend_is_behind_until_it_has_acknowledged_the_present_generation()
    {
        Given(Middle);
        Acknowledge("f2");
        Assert.That(Behind(), Is.EqualTo(new[] { "f1" }));
        Assert.That((_desk.Unacknowledged, _desk.Acknowledged), Is.EqualTo((1, (AdmissionThresholds?)null)));

        Acknowledge("f1");
        Assert.That(Behind(), Is.Empty);
        Assert.That(_desk.Acknowledged, Is.EqualTo(Middle));

        _desk = _desk.Planning(new AdmissionThresholds(0.5, 0.5, 3000));
        Assert.That(Behind(), Is.EqualTo(new[] { "f1", "f2" }));
    }

    [Test]
    public void Thresholds_are_new_until_they_have_been_sent_once()
    {
        Given(Middle);
        Assert.That(_desk.IsNew, Is.True);

        _desk = _desk.Sent();
        Assert.That(_desk.IsNew, Is.False, "who has not acknowledged them lags");

        _desk = _desk.Planning(new AdmissionThresholds(0.5, 0.5, 3000));
        Assert.That(_desk.IsNew, Is.True);
    }

    [Test]
    public void Thresholds_of_a_snapshot_were_sent_before_it()
    {
        _desk = new FrontendDesk { Current = Middle, Final = Middle, Generation = 4, LastSent = 4 };
        Assert.That(_desk.IsNew, Is.False);

        _desk = _desk.Reading([Frontend("f1", generation: 9)]);
        Assert.That(_desk.IsNew, Is.True, "another process sent other ones since");
    }

    [Test]
    public void An_answer_of_an_older_generation_leaves_a_frontend_behind()
    {
        Given(Middle);
        _desk = _desk.Planning(new AdmissionThresholds(0.5, 0.5, 3000));

        _desk = _desk.Answered(Frontend("f1", generation: 1));

        Assert.That(Behind(), Does.Contain("f1"));
    }

    [Test]
    public void An_answer_of_a_frontend_that_is_gone_is_forgotten()
    {
        Given(Middle);

        _desk = _desk.Answered(Frontend("f9", generation: 1));

        Assert.That(_desk.Count, Is.EqualTo(2));
        Assert.That(Behind(), Is.EqualTo(new[] { "f1", "f2" }));
    }

    [Test]
    [Property("Defect", "D-27")]
    public void A_frontend_that_restarted_or_is_new_is_behind()
    {
        Given(Middle);
        Acknowledge("f1", "f2");

        _desk = _desk.Reading([Frontend("f1"), Frontend("f2", generation: 1), Frontend("f3")]);

        Assert.That(Behind(), Is.EqualTo(new[] { "f1", "f3" }));
    }

    [Test]
    public void A_frontend_that_is_gone_is_waited_for_no_longer()
    {
        Given(Middle);
        Acknowledge("f1");

        _desk = _desk.Reading([Frontend("f1", generation: 1)]);

        Assert.That((_desk.Count, _desk.Unacknowledged, _desk.Acknowledged), Is.EqualTo((1, 0, (AdmissionThresholds?)Middle)));
    }

    [Test]
    public void No_frontends_have_acknowledged_nothing()
    {
        Given(Middle);

        _desk = _desk.Reading(default);

        Assert.That((_desk.Count, _desk.Unacknowledged, _desk.Acknowledged), Is.EqualTo((0, 0, (AdmissionThresholds?)null)));
    }

    [Test]
    public void A_frontend_without_a_name_and_one_that_is_listed_twice_count_once_at_most()
    {
        _desk = _desk.Reading([Frontend("f1"), null!, Frontend(string.Empty), Frontend("f1", generation: 7)]);

        Assert.That(_desk.Count, Is.EqualTo(1));
    }

    [Test]
    public void What_an_earlier_process_sent_is_overtaken()
    {
        Given(Middle);

        _desk = _desk.Reading([Frontend("f1", generation: 7), Frontend("f2", generation: 3)]);

        Assert.That(_desk.Generation, Is.EqualTo(8));
        Assert.That(Behind(), Is.EqualTo(new[] { "f1", "f2" }));
    }

    [Test]
    public void A_generation_that_this_process_gave_is_not_overtaken()
    {
        Given(Middle);

        _desk = _desk.Reading([Frontend("f1", generation: 1)]);

        Assert.That((_desk.Generation, _desk.Unacknowledged), Is.EqualTo((1L, 0)));
    }

    [Test]
    public void The_first_thresholds_of_a_process_are_newer_than_what_frontends_have()
    {
        _desk = _desk.Reading([Frontend("f1", generation: 7)]);

        _desk = _desk.Planning(Middle);
        _desk = _desk.Loosened();

        Assert.That(_desk.Generation, Is.EqualTo(8));
    }

    [Test]
    [Property("Defect", "D-26")]
    public void An_absolute_threshold_that_the_plan_no_longer_has_is_named_while_a_frontend_keeps_it()
    {
        Given(Middle);
        _desk = _desk with { Current = Middle with { PrefillTokensThreshold = null }, Final = Middle, Generation = 2 };
        Assert.That(_desk.StalePrefillTokens, Is.Null, "no frontend is known to have one");

        _desk = _desk.Reading([Frontend("f1", generation: 2), Frontend("f2", generation: 2, new AdmissionThresholds(0.8, 0.6, 7373))]);

        Assert.That(_desk.StalePrefillTokens, Is.EqualTo(7373));
        Assert.That(_desk.Acknowledged, Is.EqualTo(new AdmissionThresholds(0.8, 0.6, 7373)));
    }

    [Test]
    public void An_absolute_threshold_of_the_plan_is_not_stale()
    {
        Given(Middle);

        _desk = _desk.Reading([Frontend("f1", generation: 1, new AdmissionThresholds(0.8, 0.6, 7373))]);

        Assert.That(_desk.StalePrefillTokens, Is.Null);
    }

    private static FrontendState Frontend(string name, long generation = 0, AdmissionThresholds? thresholds = null) =>
        new() { Name = name, AcknowledgedGeneration = generation, Thresholds = thresholds };

    private void Given(in AdmissionThresholds thresholds)
    {
        _desk = _desk.Reading([Frontend("f1"), Frontend("f2")]);
        _desk = _desk.Planning(thresholds);
        _desk = _desk.Loosened();
    }

    private void Acknowledge(params ImmutableArray<string> names)
    {
        foreach (var name in names)
        {
            _desk = _desk.Answered(Frontend(name, _desk.Generation, _desk.Current));
        }
    }

    private List<string> Behind() => [.. _desk.Frontends.Where(_desk.IsBehind).Select(frontend => frontend.Name)];
}
