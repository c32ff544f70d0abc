using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Transitions;

/// <summary>What a command is charged from the moment it is decided until what becomes of it is known: two decode replicas of one GPU at 400 W.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CommandChargeTests
{
    private const int Decode = 1;

    private readonly StepBench _bench = new(
        new InMemoryFleetSetup { Prefill = new InMemoryRole { Replicas = 0, CapWatts = 400 }, Decode = new InMemoryRole { Replicas = 2, CapWatts = 400 } },
        budgetWatts: null);

    [Test]
    public async Task A_command_is_charged_before_it_is_sent_and_settled_by_its_answer()
    {
        Assert.That(await _bench.Send(Decode, CommandKind.SetReplicas, 5));

        Assert.That(_bench.Charges, Is.EqualTo(new[] { 2000L, 2000L }));
        Assert.That((_bench.Ledger.Second.Live, _bench.Ledger.Second.OpenReplicas.Exist, _bench.Ledger.PeakWatts), Is.EqualTo((5, false, 2000L)));
    }

    [Test]
    public async Task A_lowering_is_free_only_after_its_answer()
    {
        await _bench.Send(Decode, CommandKind.SetCap, 300);

        Assert.That(_bench.Charges, Is.EqualTo(new[] { 800L, 600L }));
    }

    [Test]
    public async Task Each_command_has_a_revision_of_its_own_and_they_rise()
    {
        _bench.Ledger = _bench.Ledger with { Revision = 41 };

        await _bench.Send(Decode, CommandKind.SetCap, 300);
        _bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Count = 1 });
        await _bench.Send(Decode, CommandKind.SetReplicas, 3);
        await _bench.Send(Decode, CommandKind.SetReplicas, 4);

        Assert.That(_bench.Fleet.Commands.Select(command => (command.Kind, command.Value, command.Revision)), Is.EqualTo(new[]
        {
            (CommandKind.SetCap, 300, 42L),
            (CommandKind.SetReplicas, 3, 43L),
            (CommandKind.SetReplicas, 4, 44L),
        }));
        Assert.That(_bench.Ledger.Revision, Is.EqualTo(44));
    }

    [TestCase(CommandKind.SetCap, 600)]
    [TestCase(CommandKind.SetReplicas, 9)]
    public async Task A_refused_command_is_charged_no_longer(CommandKind kind, int value)
    {
        _bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Refuse, Count = 1 });

        Assert.That(await _bench.Send(Decode, kind, value), Is.False);

        Assert.That(_bench.Charges, Has.Count.EqualTo(2).And.Exactly(1).EqualTo(800L));
        Assert.That((_bench.Ledger.ChargedWatts, _bench.Ledger.Second.OpenCaps.Exist, _bench.Ledger.Second.OpenReplicas.Exist), Is.EqualTo((800L, false, false)));
    }

    [Test]
    public async Task A_refusal_leaves_charged_what_went_unanswered_before_it()
    {
        _bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Count = 1 });
        await _bench.Send(Decode, CommandKind.SetReplicas, 5);
        _bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Refuse, Count = 1 });

        await _bench.Send(Decode, CommandKind.SetReplicas, 9);

        Assert.That((_bench.Ledger.Second.OpenReplicas.Highest, _bench.Ledger.ChargedWatts), Is.EqualTo((5, 2000L)));
    }

    [TestCase(FleetFaultKind.Throw)]
    [TestCase(FleetFaultKind.ApplyThenTimeOut)]
    [Property("Rule", "LIB-13.2-b")]
    public async Task A_lowering_without_an_answer_stays_charged_as_not_lowered(FleetFaultKind kind)
    {
        _bench.Fleet.Inject(new FleetFault { Kind = kind, Count = 1 });

        Assert.That(await _bench.Send(Decode, CommandKind.SetCap, 300), Is.False);
        _bench.Read();

        Assert.That((_bench.Ledger.ChargedWatts, _bench.Ledger.Second.OpenCaps.Exist), Is.EqualTo((800L, true)));
    }

    [TestCase(FleetFaultKind.Throw)]
    [TestCase(FleetFaultKind.ApplyThenTimeOut)]
    public async Task A_raise_without_an_answer_stays_charged_as_raised(FleetFaultKind kind)
    {
        _bench.Fleet.Inject(new FleetFault { Kind = kind, Count = 1 });

        await _bench.Send(Decode, CommandKind.SetReplicas, 5);

        Assert.That(_bench.Ledger.ChargedWatts, Is.EqualTo(2000));
    }

    [Test]
    public async Task A_command_is_dated_when_it_is_answered_and_repeating_it_leaves_its_beginning()
    {
        _bench.Pass(TimeSpan.FromMinutes(7));
        await _bench.Send(Decode, CommandKind.SetCap, 300);
        _bench.Pass(TimeSpan.FromMinutes(1));

        await _bench.Send(Decode, CommandKind.SetCap, 300);

        Assert.That((_bench.Ledger.Second.Cap.Since, _bench.Ledger.Second.Cap.At), Is.EqualTo((TimeSpan.FromMinutes(7), TimeSpan.FromMinutes(8))));
    }
}
