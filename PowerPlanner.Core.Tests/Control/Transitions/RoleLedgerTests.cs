using PowerPlanner.Control;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Control.Transitions;

/// <summary>Eight GPUs a replica, 700 W where no cap is known.</summary>
internal sealed class RoleLedgerTests
{
    private static readonly RoleState Read = new() { Ready = 2, Starting = 1, Terminating = 1, EffectiveCapWatts = 400 };

    [Test]
    [Property("Rule", "LIB-12.6-c")]
    [Property("Defect", "D-34")]
    [Property("Defect", "D-43")]
    public void Replicas_that_run_start_or_drain_are_charged()
    {
        var ledger = Of(Read);

        Assert.That(ledger.Live, Is.EqualTo(3));
        Assert.That(ledger.ChargedReplicas, Is.EqualTo(4));
        Assert.That(ledger.ChargedWatts, Is.EqualTo(4 * 8 * 400));
        Assert.That(ledger.ChargedGpus, Is.EqualTo(4 * 8));
        Assert.That(ledger.ReadyWatts, Is.EqualTo(2 * 8 * 400));
    }

    [TestCase(400, true)]
    [TestCase(350, false)]
    public void A_cap_is_in_effect_once_every_replica_has_it(int lowest, bool expected)
    {
        var ledger = Of(Read with { CapCounts = [new CapCount(lowest, 1)] });

        Assert.That(ledger.IsInEffect(new AnsweredCommand(400, default, default, WasInEffect: false, Exists: true, IsOwn: true)), Is.EqualTo(expected));
    }

    [TestCase(5, 6)]
    [TestCase(1, 4)]
    [Property("Rule", "LIB-12.6-b")]
    public void Of_what_runs_and_what_was_asked_for_the_larger_count_is_charged(int asked, int charged)
    {
        var ledger = Of(Read);

        ledger = ledger.Sending(CommandKind.SetReplicas, asked, revision: 1);

        Assert.That(ledger.ChargedReplicas, Is.EqualTo(charged));
        Assert.That(ledger.CommandedReplicas, Is.EqualTo(asked));
    }

    [TestCase(500, 500)]
    [TestCase(300, 400)]
    [Property("Rule", "LIB-12.6-a")]
    public void Of_the_cap_in_force_and_the_one_asked_for_the_higher_is_charged(int asked, int charged)
    {
        var ledger = Of(Read);

        ledger = ledger.Sending(CommandKind.SetCap, asked, revision: 1);

        Assert.That(ledger.ChargedCapWatts, Is.EqualTo(charged));
    }

    [Test]
    public void Of_two_commands_without_an_answer_the_larger_is_charged()
    {
        var ledger = Of(Read);

        ledger = ledger.Sending(CommandKind.SetCap, 600, revision: 1);
        ledger = ledger.Sending(CommandKind.SetCap, 500, revision: 2);
        ledger = ledger.Sending(CommandKind.SetReplicas, 7, revision: 3);
        ledger = ledger.Sending(CommandKind.SetReplicas, 9, revision: 4);

        Assert.That(ledger.ChargedCapWatts, Is.EqualTo(600));
        Assert.That(ledger.ChargedReplicas, Is.EqualTo(9 + 1));
    }

    [Test]
    public void An_answer_settles_the_commands_before_it()
    {
        var ledger = Of(Read);
        ledger = ledger.Sending(CommandKind.SetCap, 600, revision: 1);
        ledger = ledger.Sending(CommandKind.SetCap, 500, revision: 2);

        ledger = ledger.Answered(CommandKind.SetCap, 500, 2, TimeSpan.Zero, TimeSpan.Zero, Read with { Revision = 2 });

        Assert.That(ledger.ChargedCapWatts, Is.EqualTo(500), "accepted, and not in force yet");
    }

    [Test]
    public void A_command_whose_effect_is_read_has_been_in_effect()
    {
        var ledger = Of(Read);
        ledger = ledger.Answered(CommandKind.SetCap, 300, 1, TimeSpan.Zero, TimeSpan.Zero, Read with { Revision = 1 });
        ledger = ledger.Answered(CommandKind.SetReplicas, 4, 2, TimeSpan.Zero, TimeSpan.Zero, Read with { Revision = 2 });
        Assert.That((ledger.Cap.WasInEffect, ledger.Replicas.WasInEffect), Is.EqualTo((false, false)));

        ledger = ledger.Accepting(Read with { Ready = 4, Starting = 0, EffectiveCapWatts = 300, Revision = 2 });

        Assert.That((ledger.Cap.WasInEffect, ledger.Replicas.WasInEffect), Is.EqualTo((true, true)));
    }

    [Test]
    public void What_was_answered_last_stays_charged_though_others_changed_it_since()
    {
        // Replicas and GPUs that come later follow it.
        var ledger = Of(Read);
        ledger = ledger.Answered(CommandKind.SetCap, 500, 1, TimeSpan.Zero, TimeSpan.Zero, Read with { EffectiveCapWatts = 500, Revision = 1 });
        ledger = ledger.Answered(CommandKind.SetReplicas, 5, 2, TimeSpan.Zero, TimeSpan.Zero, Read with { Ready = 4, EffectiveCapWatts = 500, Revision = 2 });

        ledger = ledger.Accepting(Read with { EffectiveCapWatts = 300, Revision = 2 });

        Assert.That((ledger.ChargedCapWatts, ledger.ChargedReplicas), Is.EqualTo((500, 6)));
    }

    [TestCase(600, 630, 600, Description = "The settle time counts from the replacement.")]
    [TestCase(601, 601, 600, Description = "What was read before it had passed may not show the cap yet.")]
    [TestCase(601, 661, 300)]
    public void A_cap_that_was_replaced_stays_charged_for_as_long_as_agents_may_still_apply_it(int firstSeconds, int secondSeconds, int charged)
    {
        var settleTime = TimeSpan.FromSeconds(600);
        var ledger = Of(Read with { EffectiveCapWatts = 300 });
        ledger = ledger.Answered(CommandKind.SetCap, 600, 1, TimeSpan.Zero, settleTime, Read with { EffectiveCapWatts = 300, Revision = 1 });
        ledger = ledger.Answered(CommandKind.SetCap, 300, 2, TimeSpan.FromSeconds(1), settleTime, Read with { EffectiveCapWatts = 300, Revision = 2 });

        ledger = ledger.Unseen(TimeSpan.FromSeconds(firstSeconds));
        ledger = secondSeconds > firstSeconds ? ledger.Unseen(TimeSpan.FromSeconds(secondSeconds)) : ledger;

        Assert.That(ledger.ChargedCapWatts, Is.EqualTo(charged));
    }

    [Test]
    public void A_cap_that_was_replaced_is_gone_where_the_actuator_fences()
    {
        var ledger = Of(Read with { EffectiveCapWatts = 300 });
        ledger = ledger.Answered(CommandKind.SetCap, 600, 1, TimeSpan.Zero, TimeSpan.Zero, Read with { EffectiveCapWatts = 300, Revision = 1 });

        ledger = ledger.Answered(CommandKind.SetCap, 300, 2, TimeSpan.Zero, TimeSpan.Zero, Read with { EffectiveCapWatts = 300, Revision = 2 });

        Assert.That(ledger.ChargedCapWatts, Is.EqualTo(300));
    }

    [Test]
    [Property("Rule", "LIB-13.2-b")]
    public void A_command_without_an_answer_stays_open_though_its_effect_is_read()
    {
        var ledger = Of(Read);
        ledger = ledger.Sending(CommandKind.SetCap, 300, revision: 1);
        ledger = ledger.Sending(CommandKind.SetReplicas, 4, revision: 2);

        ledger = ledger.Accepting(Read with { Ready = 4, Starting = 0, EffectiveCapWatts = 300, Revision = 2 });

        Assert.That((ledger.OpenCaps.Exist, ledger.OpenReplicas.Exist), Is.EqualTo((true, true)));
    }

    [Test]
    public void A_refused_command_leaves_what_was_open_before_it()
    {
        var ledger = Of(Read);
        ledger = ledger.Sending(CommandKind.SetCap, 500, revision: 1);
        var (cap, replicas) = (ledger.OpenCaps, ledger.OpenReplicas);
        ledger = ledger.Sending(CommandKind.SetCap, 600, revision: 2);
        ledger = ledger.Sending(CommandKind.SetReplicas, 9, revision: 3);

        ledger = ledger.Refused(CommandKind.SetCap, cap);
        ledger = ledger.Refused(CommandKind.SetReplicas, replicas);

        Assert.That(ledger.ChargedCapWatts, Is.EqualTo(500));
        Assert.That(ledger.ChargedReplicas, Is.EqualTo(4));
    }

    [Test]
    public void A_state_from_before_the_newest_answer_does_not_count()
    {
        var ledger = Of(Read with { Revision = 5 });

        Assert.That(ledger.Accepting(Read with { Ready = 9, Revision = 4 }).State!.Ready, Is.EqualTo(2));
        Assert.That(ledger.Accepting(Read with { Ready = 9, Revision = 5 }).State!.Ready, Is.EqualTo(9));
        ledger = ledger.Accepting(Read with { Ready = 8 });
        Assert.That((ledger.State!.Ready, ledger.NewestRevision), Is.EqualTo((8, 5L)), "an actuator that keeps no revisions");
    }

    [Test]
    public void A_fleet_whose_states_stay_older_is_taken_for_what_it_says()
    {
        var ledger = Of(Read with { Revision = 5 });
        for (var i = 0; i < 9; i++)
        {
            ledger = ledger.Accepting(Read with { Ready = 9, Revision = 4 });
        }

        Assert.That((ledger.State!.Ready, ledger.NewestRevision), Is.EqualTo((2, 5L)), "A cache that lags may show the past for a while.");

        ledger = ledger.Accepting(Read with { Ready = 9, Revision = 4 });

        Assert.That((ledger.State!.Ready, ledger.NewestRevision), Is.EqualTo((9, 4L)));
    }

    [TestCase(0, 700)]
    [TestCase(1000, 1000)]
    public void An_unknown_cap_is_charged_as_the_higher_of_fallback_and_nameplate(int nameplateWatts, int charged)
    {
        var ledger = Of(Read with { EffectiveCapWatts = null }) with { NameplateWatts = nameplateWatts };

        Assert.That(ledger.ChargedCapWatts, Is.EqualTo(charged));
    }

    [Test]
    public void An_unknown_cap_is_charged_as_the_highest_that_the_hardware_allows()
    {
        var ledger = Of(Read with { EffectiveCapWatts = null, CapLimits = new GpuPowerLimits(200, 600) });

        Assert.That(ledger.ChargedCapWatts, Is.EqualTo(600));
    }

    [Test]
    [Property("Rule", "LIB-6.4-a")]
    public void A_range_once_read_is_kept_where_a_later_answer_has_none()
    {
        var ledger = Of(Read with { CapLimits = new GpuPowerLimits(200, 600) });

        ledger = ledger.Accepting(Read);

        Assert.That(ledger.Expected(100), Is.EqualTo(200));
        Assert.That(ledger.Expected(450), Is.EqualTo(450));
    }

    [TestCase(4, 8, true)]
    [TestCase(8, 8, false)]
    [TestCase(16, 16, true)]
    [Property("Defect", "D-21")]
    public void Where_GPU_counts_disagree_the_larger_is_charged(int reported, int charged, bool disagree)
    {
        var ledger = Of(Read with { GpusPerReplica = reported });

        Assert.That(ledger.GpusPerReplica, Is.EqualTo(charged));
        Assert.That(ledger.GpusDisagree, Is.EqualTo(disagree));
    }

    private static RoleLedger Of(RoleState state) => new RoleLedger { Role = FleetRole.Decode, PlannedGpusPerReplica = 8, UnknownCapWatts = 700 }.Accepting(state);
}
