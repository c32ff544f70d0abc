using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control;

/// <summary>A disposed controller sends nothing more and says so, whenever the disposal comes.</summary>
internal sealed class DisposalTests
{
    [Test]
    public void The_call_under_way_ends_without_sending_anything_more()
    {
        using var bench = new ControlBench();
        var actuator = new HeldReads(bench.Fleet);
        var controller = Over(bench, actuator);
        var start = controller.StartAsync().AsTask();

        controller.Dispose();

        Assert.That(async () => await start, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(bench.Fleet.Commands, Is.Empty);
    }

    [Test]
    public void An_actuator_that_ignores_the_cancellation_is_given_no_command_after_its_answer()
    {
        using var bench = new ControlBench();
        var actuator = new HeldReads(bench.Fleet) { IsDeaf = true };
        var controller = Over(bench, actuator);
        var start = controller.StartAsync().AsTask();

        controller.Dispose();
        actuator.Release();

        Assert.That(async () => await start, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(bench.Fleet.Commands, Is.Empty);
    }

    [Test]
    public void A_call_that_waits_for_another_ends_too()
    {
        using var bench = new ControlBench();
        var actuator = new HeldReads(bench.Fleet) { IsDeaf = true };
        var controller = Over(bench, actuator);
        var start = controller.StartAsync().AsTask();
        var waiting = controller.TickAsync().AsTask();

        controller.Dispose();

        Assert.That(async () => await waiting, Throws.InstanceOf<ObjectDisposedException>());
        actuator.Release();
        Assert.That(async () => await start, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void A_call_that_its_own_caller_cancels_is_cancelled_and_not_disposed()
    {
        using var bench = new ControlBench();
        using var cancel = new CancellationTokenSource();
        using var controller = Over(bench, new HeldReads(bench.Fleet));
        var start = controller.StartAsync(cancel.Token).AsTask();

        cancel.Cancel();

        Assert.That(async () => await start, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Whoever_acts_later_is_told_that_the_controller_is_disposed()
    {
        using var bench = new ControlBench();
        var snapshot = bench.Controller.CreateSnapshot();

        bench.Controller.Dispose();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(async () => await bench.Controller.StartAsync(), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(async () => await bench.Controller.TickAsync(), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(async () => await bench.Controller.ReplanAsync(), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(async () => await bench.Controller.RunAsync(default), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(() => bench.Controller.Restore(snapshot), Throws.InstanceOf<ObjectDisposedException>());
        }
    }

    [Test]
    public async Task What_only_looks_or_records_still_returns()
    {
        using var bench = new ControlBench();
        var state = (await bench.Start()).State;
        var snapshot = bench.Controller.CreateSnapshot().ToJson();

        bench.Controller.Dispose();
        bench.Controller.UpdateBudget(5000);
        bench.Controller.UpdateProblem(bench.Problem);
        bench.Controller.Reset();

        Assert.That((bench.Controller.Status.State, bench.Controller.CreateSnapshot().ToJson()), Is.EqualTo((state, snapshot)));
    }

    [Test]
    public async Task A_second_disposal_does_nothing()
    {
        using var bench = new ControlBench();
        await bench.Start();
        bench.Controller.Dispose();

        Assert.That(bench.Controller.Dispose, Throws.Nothing);
    }

    [Test]
    public void A_handler_of_the_controllers_own_events_may_dispose_it()
    {
        using var bench = new ControlBench();
        bench.Controller.StateChanged += (_, _) => bench.Controller.Dispose();

        Assert.That(async () => await bench.Start(), Throws.Nothing);
        Assert.That(async () => await bench.Tick(), Throws.InstanceOf<ObjectDisposedException>());
    }

    private static PowerPlannerController Over(ControlBench bench, HeldReads actuator) =>
        new(bench.Problem, bench.Options, bench.Fleet, actuator, new ControllerServices { TimeProvider = bench.Time });

    /// <summary>An actuator whose reads wait until they are released, and where it is deaf not even heed their cancellation.</summary>
    private sealed class HeldReads(InMemoryFleet fleet) : IActuator
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsDeaf { get; init; }

        public void Release() => _held.SetResult();

        public async ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken)
        {
            await _held.Task.WaitAsync(IsDeaf ? CancellationToken.None : cancellationToken);
            return fleet.State;
        }

        public ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) => fleet.SetCapAsync(command, CancellationToken.None);

        public ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) => fleet.SetReplicasAsync(command, CancellationToken.None);

        public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) => fleet.SetThresholdsAsync(command, CancellationToken.None);
    }
}
