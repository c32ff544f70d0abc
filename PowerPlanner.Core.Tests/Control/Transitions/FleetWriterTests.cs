using PowerPlanner.Control;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Transitions;

/// <summary>Two decode replicas of one GPU at 400 W.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FleetWriterTests
{
    private static readonly TimeSpan Now = TimeSpan.FromMinutes(7);

    private readonly InMemoryFleet _fleet = new(new InMemoryFleetSetup { Decode = new InMemoryRole { Replicas = 2, CapWatts = 400 } });
    private readonly RoleLedger _role = new(FleetRole.Decode, 1, 700);
    private readonly FleetLedger _ledger;
    private readonly List<long> _charges = [];
    private readonly List<(CommandResult Result, Exception? Failure)> _sent = [];
    private readonly FleetWriter _writer;

    public FleetWriterTests()
    {
        _role.Accept(_fleet.State.Decode!);
        _ledger = new FleetLedger(_role);
        _ledger.ResetPeak();
        _writer = new FleetWriter(_fleet, _ledger) { Charged = () => _charges.Add(_ledger.ChargedWatts), Sent = (result, failure) => _sent.Add((result, failure)) };
    }

    [Test]
    public async Task A_command_is_charged_before_it_is_sent_and_settled_by_its_answer()
    {
        Assert.That(await Send(CommandKind.SetReplicas, 5));

        Assert.That(_charges, Is.EqualTo(new[] { 2000L, 2000L }));
        Assert.That((_role.Live, _role.PendingReplicas.Exists, _ledger.PeakWatts), Is.EqualTo((5, false, 2000L)));
    }

    [Test]
    public async Task A_lowering_is_free_only_after_its_answer()
    {
        await Send(CommandKind.SetCap, 300);

        Assert.That(_charges, Is.EqualTo(new[] { 800L, 600L }));
    }

    [Test]
    public async Task Each_command_has_a_revision_of_its_own_and_they_rise()
    {
        _writer.Revision = 41;

        await Send(CommandKind.SetCap, 300);
        _fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Count = 1 });
        await Send(CommandKind.SetReplicas, 3);
        await Send(CommandKind.SetReplicas, 4);

        Assert.That(_fleet.Commands.Select(command => (command.Kind, command.Value, command.Revision)), Is.EqualTo(new[]
        {
            (CommandKind.SetCap, 300, 42L),
            (CommandKind.SetReplicas, 3, 43L),
            (CommandKind.SetReplicas, 4, 44L),
        }));
        Assert.That(_writer.Revision, Is.EqualTo(44));
    }

    [TestCase(CommandKind.SetCap, 600)]
    [TestCase(CommandKind.SetReplicas, 9)]
    public async Task A_refused_command_is_charged_no_longer(CommandKind kind, int value)
    {
        _fleet.Inject(new FleetFault { Kind = FleetFaultKind.Refuse, Count = 1 });

        Assert.That(await Send(kind, value), Is.False);

        Assert.That(_charges, Has.Count.EqualTo(2).And.Exactly(1).EqualTo(800L));
        Assert.That((_ledger.ChargedWatts, _role.PendingCap.Exists, _role.PendingReplicas.Exists), Is.EqualTo((800L, false, false)));
        Assert.That(_sent.Single().Failure, Is.InstanceOf<CommandRefusedException>());
    }

    [Test]
    public async Task A_refusal_leaves_charged_what_went_unanswered_before_it()
    {
        _fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Count = 1 });
        await Send(CommandKind.SetReplicas, 5);
        _fleet.Inject(new FleetFault { Kind = FleetFaultKind.Refuse, Count = 1 });

        await Send(CommandKind.SetReplicas, 9);

        Assert.That((_role.PendingReplicas.Value, _ledger.ChargedWatts), Is.EqualTo((5, 2000L)));
    }

    [TestCase(FleetFaultKind.Throw)]
    [TestCase(FleetFaultKind.ApplyThenTimeOut)]
    [Property("Rule", "LIB-13.2-b")]
    public async Task A_lowering_without_an_answer_stays_charged_as_not_lowered(FleetFaultKind kind)
    {
        _fleet.Inject(new FleetFault { Kind = kind, Count = 1 });

        Assert.That(await Send(CommandKind.SetCap, 300), Is.False);

        Assert.That((_ledger.ChargedWatts, _role.PendingCap.Exists, _role.PendingCap.IsAccepted), Is.EqualTo((800L, true, false)));
        Assert.That(_sent.Single(), Is.EqualTo((Result(CommandKind.SetCap, 300, succeeded: false), _sent[0].Failure)));
    }

    [TestCase(FleetFaultKind.Throw)]
    [TestCase(FleetFaultKind.ApplyThenTimeOut)]
    public async Task A_raise_without_an_answer_stays_charged_as_raised(FleetFaultKind kind)
    {
        _fleet.Inject(new FleetFault { Kind = kind, Count = 1 });

        await Send(CommandKind.SetReplicas, 5);

        Assert.That(_ledger.ChargedWatts, Is.EqualTo(2000));
    }

    [Test]
    public async Task An_answer_that_no_fleet_can_have_counts_as_none()
    {
        var writer = new FleetWriter(new Impossible(), _ledger) { Sent = (result, failure) => _sent.Add((result, failure)) };

        Assert.That(await writer.SendAsync(_role, CommandKind.SetReplicas, 5, Now, default), Is.False);

        Assert.That((_ledger.ChargedWatts, _role.PendingReplicas.IsAccepted, _sent.Single().Result.Succeeded), Is.EqualTo((2000L, false, false)));
    }

    [Test]
    public void A_cancelled_call_sends_nothing_and_charges_nothing()
    {
        Assert.That(async () => await _writer.SendAsync(_role, CommandKind.SetReplicas, 5, Now, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());

        Assert.That((_fleet.Commands.IsEmpty, _ledger.ChargedWatts, _writer.Revision), Is.EqualTo((true, 800L, 0L)));
    }

    [Test]
    public async Task A_command_that_is_cancelled_on_its_way_stays_charged_and_is_told()
    {
        _fleet.Inject(new FleetFault { Kind = FleetFaultKind.Hang, Count = 1 });
        using var stop = new CancellationTokenSource();
        var sending = _writer.SendAsync(_role, CommandKind.SetReplicas, 5, Now, stop.Token).AsTask();

        await stop.CancelAsync();

        Assert.That(async () => await sending, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((_ledger.ChargedWatts, _sent.Single().Result.Succeeded), Is.EqualTo((2000L, false)));
    }

    [Test]
    public async Task Results_are_handed_out_once_and_in_order()
    {
        await Send(CommandKind.SetCap, 300);
        _fleet.Inject(new FleetFault { Kind = FleetFaultKind.Refuse, Count = 1 });
        await Send(CommandKind.SetReplicas, 3);

        Assert.That(_writer.TakeResults(), Is.EqualTo(new[] { Result(CommandKind.SetCap, 300, true), Result(CommandKind.SetReplicas, 3, false) }));
        Assert.That(_writer.TakeResults(), Is.Empty);
    }

    [Test]
    public async Task A_command_is_dated_when_it_is_sent()
    {
        _fleet.Inject(new FleetFault { Kind = FleetFaultKind.Throw, Count = 1 });

        await Send(CommandKind.SetCap, 300);

        Assert.That(_role.PendingCap.SentAt, Is.EqualTo(Now));
    }

    private static CommandResult Result(CommandKind kind, int value, bool succeeded) => new() { Kind = kind, Role = FleetRole.Decode, Value = value, Succeeded = succeeded };

    private async Task<bool> Send(CommandKind kind, int value) => await _writer.SendAsync(_role, kind, value, Now, default);

    private sealed class Impossible : IActuator
    {
        public ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) => ValueTask.FromResult(new RoleState { Ready = -1 });

        public ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) => ValueTask.FromResult(new RoleState { Ready = -1 });

        public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
