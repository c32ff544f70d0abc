using Microsoft.Extensions.Time.Testing;
using PowerPlanner.Control;
using PowerPlanner.Control.Transitions;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control.Transitions;

/// <summary>Carries the steps of a transition out on a fleet in memory as the loop does: each is charged, sent and settled before the next is asked for.</summary>
internal sealed class StepBench
{
    private readonly FakeTimeProvider _time;
    private readonly DateTimeOffset _origin;

    /// <param name="setup">The fleet; prefill and decode.</param>
    /// <param name="budgetWatts">Budget, W; null = unbounded.</param>
    /// <param name="isOwned">Whether what runs counts as commanded by this process already; otherwise it has only been read.</param>
    public StepBench(InMemoryFleetSetup setup, long? budgetWatts, bool isOwned = true)
    {
        _time = new FakeTimeProvider();
        _origin = _time.GetUtcNow();
        Fleet = new InMemoryFleet(setup, _time);
        Ledger = new FleetLedger { First = Role(FleetRole.Prefill), Second = Role(FleetRole.Decode), Count = 2, BudgetWatts = budgetWatts };
        Read();
        for (var i = 0; i < 2 && isOwned; i++)
        {
            Change(i, role => role with { Cap = Owned(role.State!.EffectiveCapWatts!.Value), Replicas = Owned(role.Live) });
        }
    }

    public InMemoryFleet Fleet { get; }

    public FleetLedger Ledger { get; set; }

    public bool Sheds { get; init; }

    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long caps may be applied out of order; zero = the actuator fences.</summary>
    public TimeSpan CapSettleTime { get; init; }

    public (int Prefill, int Decode) Running => (Fleet.State.Prefill!.Ready, Fleet.State.Decode!.Ready);

    /// <summary>The commands of the last step, in order.</summary>
    public List<(FleetRole Role, CommandKind Kind, int Value)> Sent => [.. Fleet.Commands.Select(command => (command.Role!.Value, command.Kind, command.Value))];

    /// <summary>What is charged while each command is on its way and after it.</summary>
    public List<long> Charges { get; } = [];

    private TimeSpan Now => _time.GetUtcNow() - _origin;

    public void Pass(TimeSpan time) => _time.Advance(time);

    public void Change(int index, Func<RoleLedger, RoleLedger> change) => Ledger = Ledger.With(index, change(Ledger[index]));

    public void Read()
    {
        Unsee();
        for (var i = 0; i < 2; i++)
        {
            Change(i, role => role.Accepting(Fleet.State.Of(role.Role)!));
        }
    }

    /// <summary>The fleet is read, then moved.</summary>
    public async Task Step(params RoleTarget[] targets)
    {
        Read();
        await Move(targets, canGrow: true);
    }

    /// <summary>The fleet cannot be read, and is moved as far as that allows.</summary>
    public async Task StepUnread(params RoleTarget[] targets)
    {
        Unsee();
        await Move(targets, canGrow: false);
    }

    public bool IsComplete(params RoleTarget[] targets) => Transition.IsComplete(Ledger, Of(targets));

    public async Task<bool> Send(int role, CommandKind kind, int value)
    {
        var before = kind == CommandKind.SetCap ? Ledger[role].OpenCaps : Ledger[role].OpenReplicas;
        var command = new FleetCommand(role, kind, value, Ledger.Revision + 1);
        Ledger = Ledger.Sending(command);
        Charges.Add(Ledger.ChargedWatts);
        var settled = Ledger[role];
        var isAnswered = false;
        try
        {
            var state = kind == CommandKind.SetCap
                ? await Fleet.SetCapAsync(new SetCapCommand(settled.Role, value, command.Revision), default)
                : await Fleet.SetReplicasAsync(new SetReplicasCommand(settled.Role, value, command.Revision), default);
            settled = settled.Answered(kind, value, command.Revision, Now, CapSettleTime, state);
            isAnswered = true;
        }
        catch (CommandRefusedException)
        {
            settled = settled.Refused(kind, before);
        }
        catch (Exception failure) when (failure is IOException or TimeoutException)
        {
            settled = settled.Unanswered(kind);
        }

        Ledger = Ledger.Settled(role, settled);
        Charges.Add(Ledger.ChargedWatts);
        return isAnswered;
    }

    private static RoleLedger Role(FleetRole role) => new() { Role = role, PlannedGpusPerReplica = 1, UnknownCapWatts = 700 };

    private static AnsweredCommand Owned(int value) => new(value, TimeSpan.Zero, TimeSpan.Zero, WasInEffect: true, Exists: true, IsOwn: true);

    private static FleetTargets Of(RoleTarget[] targets) => new(targets[0], targets[1], Exist: true);

    private void Unsee() => Ledger = Ledger with { First = Ledger.First.Unseen(Now), Second = Ledger.Second.Unseen(Now) };

    private async Task Move(RoleTarget[] targets, bool canGrow)
    {
        Fleet.ClearCommands();
        var rules = new TransitionRules(canGrow, Sheds, ResendAfter, ResendAfter, CapSettleTime, Now);
        var cursor = default(TransitionCursor);
        while (Transition.Next(Ledger, Of(targets), rules, ref cursor) is { } step)
        {
            await Send(step.Role, step.Kind, step.Value);
        }
    }
}
