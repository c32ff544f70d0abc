using PowerPlanner.Control;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Control.Transitions;

/// <summary>What a ledger holds possible while commands are open: three decode replicas of one GPU at 400 W.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class OpenCommandTests
{
    private static readonly RoleState Read = new() { Ready = 2, Starting = 1, EffectiveCapWatts = 400 };

    private RoleLedger _ledger = new RoleLedger { Role = FleetRole.Decode, PlannedGpusPerReplica = 1, UnknownCapWatts = 700 }.Accepting(Read);

    [TestCase(300, 300)]
    [TestCase(500, 400)]
    public void An_open_cap_may_be_the_lowest(int asked, int lowest)
    {
        Send(CommandKind.SetCap, asked);

        Assert.That(_ledger.LowestCapWatts, Is.EqualTo(lowest));
    }

    [TestCase(1, 1)]
    [TestCase(5, 3)]
    public void An_open_count_may_be_the_lowest(int asked, int lowest)
    {
        Send(CommandKind.SetReplicas, asked);

        Assert.That(_ledger.LowestReplicas, Is.EqualTo(lowest));
    }

    [Test]
    public void Without_an_open_command_what_was_read_is_the_lowest_also_unseen()
    {
        _ledger = _ledger.Unseen(TimeSpan.Zero);

        Assert.That((_ledger.LowestCapWatts, _ledger.LowestReplicas), Is.EqualTo((400, 3)));
    }

    [Test]
    public void Of_several_open_commands_the_highest_is_charged_and_the_lowest_is_remembered()
    {
        Send(CommandKind.SetCap, 350);
        Send(CommandKind.SetCap, 600);
        Send(CommandKind.SetCap, 500);
        _ledger = _ledger.Unseen(TimeSpan.Zero);

        Assert.That((_ledger.HighestCapWatts, _ledger.LowestCapWatts, _ledger.OpenCaps.Revision), Is.EqualTo((600, 350, 3L)));
    }

    [Test]
    public void An_answer_forgets_the_lowest_of_what_was_open_before_it()
    {
        Send(CommandKind.SetReplicas, 1);
        _ledger = _ledger.Answered(CommandKind.SetReplicas, 4, 2, TimeSpan.Zero, TimeSpan.Zero, Read with { Revision = 2 });
        _ledger = _ledger.Unseen(TimeSpan.Zero);

        Assert.That((_ledger.LowestReplicas, _ledger.CommandedReplicas), Is.EqualTo((3, 4)));
    }

    [Test]
    public void A_state_that_does_not_count_is_not_seen()
    {
        _ledger = _ledger.Accepting(Read with { Revision = 5 });
        _ledger = _ledger.Unseen(TimeSpan.Zero);

        _ledger = _ledger.Accepting(Read with { Revision = 4 });

        Assert.That(_ledger.IsSeen, Is.False);
    }

    [TestCase(399, false)]
    [TestCase(400, true)]
    public void An_answered_cap_is_in_effect_when_exactly_it_is_in_force(int inForce, bool isInEffect)
    {
        _ledger = _ledger.Answered(CommandKind.SetCap, 400, 1, TimeSpan.Zero, TimeSpan.Zero, Read with { EffectiveCapWatts = inForce, Revision = 1 });

        Assert.That((_ledger.IsInEffect(_ledger.Cap), _ledger.Cap.WasInEffect), Is.EqualTo((isInEffect, isInEffect)));
    }

    [Test]
    public void An_answered_cap_outside_the_range_is_in_effect_when_the_ranges_end_is_in_force()
    {
        _ledger = _ledger.Answered(CommandKind.SetCap, 900, 1, TimeSpan.Zero, TimeSpan.Zero, Read with { EffectiveCapWatts = 600, CapLimits = new GpuPowerLimits(200, 600), Revision = 1 });

        Assert.That(_ledger.IsInEffect(_ledger.Cap), Is.True);
    }

    [Test]
    public void An_answered_cap_outside_a_range_that_is_not_the_hardwares_is_in_effect_when_it_is_in_force()
    {
        _ledger = _ledger with { CapLimits = new GpuPowerLimits(200, 600) };
        _ledger = _ledger.Answered(CommandKind.SetCap, 700, 1, TimeSpan.Zero, TimeSpan.Zero, Read with { EffectiveCapWatts = 700, Revision = 1 });

        Assert.That(_ledger.IsInEffect(_ledger.Cap), Is.True);
    }

    [Test]
    public void The_agreed_count_is_the_last_one_that_was_given_or_ran_outside_a_rollout()
    {
        Assert.That(_ledger.AgreedReplicas, Is.EqualTo(3));

        _ledger = _ledger.Accepting(Read with { Ready = 4, IsRolling = true });
        Assert.That(_ledger.AgreedReplicas, Is.EqualTo(3), "what a rollout has more is its own");

        _ledger = _ledger.Answered(CommandKind.SetReplicas, 2, 1, TimeSpan.Zero, TimeSpan.Zero, Read with { IsRolling = true, Revision = 1 });
        Assert.That(_ledger.AgreedReplicas, Is.EqualTo(2));

        _ledger = _ledger.Accepting(Read with { Ready = 1, Starting = 0, Revision = 1 });
        Assert.That(_ledger.AgreedReplicas, Is.EqualTo(2), "a command is still open");
    }

    [Test]
    public void The_watts_of_a_board_that_is_not_the_GPU_count_for_every_GPU()
    {
        var ledger = _ledger with { PlannedGpusPerReplica = 8, NonGpuWattsPerGpu = 50 };

        Assert.That((ledger.ChargedWatts, ledger.ReadyWatts), Is.EqualTo((3 * 8 * 450L, 2 * 8 * 450L)));
    }

    [Test]
    public void A_floor_raises_the_charge_and_no_cap()
    {
        var ledger = _ledger with { ChargeFloorWatts = 500 };

        Assert.That((ledger.ChargedWatts, ledger.HighestCapWatts, ledger.ReadyWatts), Is.EqualTo((1500L, 400, 800L)));
    }

    private void Send(CommandKind kind, int value) => _ledger = _ledger.Sending(kind, value, ++_revision);

    private long _revision;
}
