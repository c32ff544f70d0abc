using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Tests.Testing;

namespace PowerPlanner.Tests.Control.Loop;

/// <summary>What becomes of commands whose answers are none, or are not waited for.</summary>
internal sealed class CommandTests
{
    [Test]
    public async Task An_answer_that_no_fleet_can_have_counts_as_none()
    {
        using var bench = new ControlBench();
        var actuator = new BrokenActuator(bench.Fleet) { OnSetReplicas = async (command, token) => await bench.Fleet.SetReplicasAsync(command, token) with { Ready = -1 } };
        using var controller = new PowerPlannerController(bench.Problem, bench.Options, bench.Fleet, actuator, new ControllerServices { TimeProvider = bench.Time });

        var status = await controller.StartAsync();

        Assert.That(status.Commands.Where(command => command.Kind == CommandKind.SetReplicas).Select(command => command.Succeeded), Is.Not.Empty.And.All.False);
        Assert.That(controller.Loop.State.Fleet.Second.OpenReplicas.Exist, Is.True);
        Assert.That(status.LedgerWatts, Is.GreaterThanOrEqualTo(bench.Fleet.ChargedWatts).And.GreaterThan(0));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_command_that_is_cancelled_on_its_way_stays_charged_and_is_told(CancellationToken cancellationToken)
    {
        using var bench = new ControlBench();
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Hang, Target = FleetFaultTarget.Replicas, Count = 1 });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var start = bench.Controller.StartAsync(stop.Token).AsTask();
        while (!bench.Fleet.Commands.Any(command => command.Outcome == CommandOutcome.Failed))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await stop.CancelAsync();

        Assert.That(async () => await start, Throws.InstanceOf<OperationCanceledException>());
        var status = bench.Controller.Status;
        Assert.That((status.Commands[^1].Kind, status.Commands[^1].Succeeded), Is.EqualTo((CommandKind.SetReplicas, false)));
        Assert.That((bench.Fleet.ChargedWatts, status.LedgerWatts > 0), Is.EqualTo((0L, true)));
    }

    [Test]
    public async Task Results_come_in_the_order_of_their_commands_and_once()
    {
        using var bench = new ControlBench();
        bench.Fleet.Inject(new FleetFault { Kind = FleetFaultKind.Refuse, Target = FleetFaultTarget.Replicas, Count = 1 });

        var started = await bench.Start();
        await bench.Tick();
        var quiet = await bench.Tick();

        Assert.That(started.Commands.Select(command => (command.Kind, command.Role, command.Value)), Is.EqualTo(bench.Fleet.Commands.Take(started.Commands.Length).Select(command => (command.Kind, command.Role, command.Value))));
        Assert.That(started.Commands.Count(command => !command.Succeeded), Is.EqualTo(1));
        Assert.That(quiet.Commands, Is.Empty);
    }
}
