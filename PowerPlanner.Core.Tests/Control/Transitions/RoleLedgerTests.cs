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

    [TestCase(5, 6)]
    [TestCase(1, 4)]
    [Property("Rule", "LIB-12.6-b")]
    public void Of_what_runs_and_what_was_asked_for_the_larger_count_is_charged(int asked, int charged)
    {
        var ledger = Of(Read);

        ledger.Sending(CommandKind.SetReplicas, asked, revision: 1, TimeSpan.Zero);

        Assert.That(ledger.ChargedReplicas, Is.EqualTo(charged));
        Assert.That(ledger.CommandedReplicas, Is.EqualTo(asked));
    }

    [TestCase(500, 500)]
    [TestCase(300, 400)]
    [Property("Rule", "LIB-12.6-a")]
    public void Of_the_cap_in_force_and_the_one_asked_for_the_higher_is_charged(int asked, int charged)
    {
        var ledger = Of(Read);

        ledger.Sending(CommandKind.SetCap, asked, revision: 1, TimeSpan.Zero);

        Assert.That(ledger.ChargedCapWatts, Is.EqualTo(charged));
    }

    [Test]
    public void Of_two_commands_without_an_answer_the_larger_is_charged()
    {
        var ledger = Of(Read);

        ledger.Sending(CommandKind.SetCap, 600, revision: 1, TimeSpan.Zero);
        ledger.Sending(CommandKind.SetCap, 500, revision: 2, TimeSpan.Zero);
        ledger.Sending(CommandKind.SetReplicas, 7, revision: 3, TimeSpan.Zero);
        ledger.Sending(CommandKind.SetReplicas, 9, revision: 4, TimeSpan.Zero);

        Assert.That(ledger.ChargedCapWatts, Is.EqualTo(600));
        Assert.That(ledger.ChargedReplicas, Is.EqualTo(9 + 1));
    }

    [Test]
    public void An_answer_settles_the_commands_before_it()
    {
        var ledger = Of(Read);
        ledger.Sending(CommandKind.SetCap, 600, revision: 1, TimeSpan.Zero);
        ledger.Sending(CommandKind.SetCap, 500, revision: 2, TimeSpan.Zero);

        ledger.Answered(CommandKind.SetCap, 500, revision: 2, TimeSpan.Zero, Read with { Revision = 2 });

        Assert.That(ledger.ChargedCapWatts, Is.EqualTo(500), "accepted, and not in force yet");
    }

    [Test]
    public void A_command_whose_effect_is_read_is_no_longer_pending()
    {
        var ledger = Of(Read);
        ledger.Answered(CommandKind.SetCap, 300, revision: 1, TimeSpan.Zero, Read with { Revision = 1 });
        ledger.Answered(CommandKind.SetReplicas, 4, revision: 2, TimeSpan.Zero, Read with { Revision = 2 });

        ledger.Accept(Read with { Ready = 4, Starting = 0, EffectiveCapWatts = 300, Revision = 2 });

        Assert.That(ledger.PendingCap.Exists, Is.False);
        Assert.That(ledger.PendingReplicas.Exists, Is.False);
    }

    [Test]
    [Property("Rule", "LIB-13.2-b")]
    public void A_command_without_an_answer_stays_pending_though_its_effect_is_read()
    {
        var ledger = Of(Read);
        ledger.Sending(CommandKind.SetCap, 300, revision: 1, TimeSpan.Zero);
        ledger.Sending(CommandKind.SetReplicas, 4, revision: 2, TimeSpan.Zero);

        ledger.Accept(Read with { Ready = 4, Starting = 0, EffectiveCapWatts = 300, Revision = 2 });

        Assert.That(ledger.PendingCap.Exists, Is.True);
        Assert.That(ledger.PendingReplicas.Exists, Is.True);
    }

    [Test]
    public void A_refused_command_leaves_what_was_pending_before_it()
    {
        var ledger = Of(Read);
        ledger.Sending(CommandKind.SetCap, 500, revision: 1, TimeSpan.Zero);
        var (cap, replicas) = (ledger.PendingCap, ledger.PendingReplicas);
        ledger.Sending(CommandKind.SetCap, 600, revision: 2, TimeSpan.Zero);
        ledger.Sending(CommandKind.SetReplicas, 9, revision: 3, TimeSpan.Zero);

        ledger.Refused(CommandKind.SetCap, cap);
        ledger.Refused(CommandKind.SetReplicas, replicas);

        Assert.That(ledger.ChargedCapWatts, Is.EqualTo(500));
        Assert.That(ledger.ChargedReplicas, Is.EqualTo(4));
    }

    [Test]
    public void A_state_from_before_the_newest_answer_does_not_count()
    {
        var ledger = Of(Read with { Revision = 5 });

        Assert.That(ledger.Accept(Read with { Ready = 9, Revision = 4 }), Is.False);
        Assert.That(ledger.State!.Ready, Is.EqualTo(2));
        Assert.That(ledger.Accept(Read with { Ready = 9, Revision = 5 }), Is.True);
        Assert.That(ledger.Accept(Read with { Ready = 8 }), Is.True, "an actuator that keeps no revisions");
        Assert.That(ledger.State!.Ready, Is.EqualTo(8));
        Assert.That(ledger.NewestRevision, Is.EqualTo(5));
    }

    [TestCase(0, 700)]
    [TestCase(1000, 1000)]
    public void An_unknown_cap_is_charged_as_the_higher_of_fallback_and_nameplate(int nameplateWatts, int charged)
    {
        var ledger = Of(Read with { EffectiveCapWatts = null });
        ledger.NameplateWatts = nameplateWatts;

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

        ledger.Accept(Read);

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

    private static RoleLedger Of(RoleState state)
    {
        var ledger = new RoleLedger(FleetRole.Decode, gpusPerReplica: 8, unknownCapWatts: 700);
        ledger.Accept(state);
        return ledger;
    }
}
