using PowerPlanner.Control;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Control;

/// <summary>One call acts at a time; everything else returns at once, also while a call waits for an answer.</summary>
internal sealed class SingleFlightTests
{
    [Test]
    public async Task A_second_tick_waits_for_the_first()
    {
        using var bench = new ControlBench();
        var reads = new SlowReads(bench.Fleet);
        using var controller = Over(bench, reads);
        await controller.StartAsync();
        reads.Hold();

        var first = controller.TickAsync().AsTask();
        var second = controller.TickAsync().AsTask();
        var readsWhileHeld = reads.Count;
        reads.Release();
        await Task.WhenAll(first, second);

        Assert.That((readsWhileHeld, reads.Count), Is.EqualTo((2, 3)));
    }

    [Test]
    public async Task Nothing_else_waits_for_a_tick()
    {
        using var bench = new ControlBench();
        var reads = new SlowReads(bench.Fleet);
        using var controller = Over(bench, reads);
        await controller.StartAsync();
        reads.Hold();
        var tick = controller.TickAsync().AsTask();

        controller.UpdateBudget(6000);
        controller.UpdateProblem(bench.Problem);
        controller.Reset();
        var snapshot = controller.CreateSnapshot().ToJson();
        var state = controller.Status.State;

        Assert.That((tick.IsCompleted, snapshot.Length > 0, state), Is.EqualTo((false, true, ControllerState.RateLimited)));
        reads.Release();
        Assert.That((await tick).BudgetWatts, Is.EqualTo(6000));
    }

    [Test]
    public async Task A_waiting_tick_can_be_cancelled_and_leaves_the_first_alone()
    {
        using var bench = new ControlBench();
        var reads = new SlowReads(bench.Fleet);
        using var controller = Over(bench, reads);
        await controller.StartAsync();
        reads.Hold();
        using var cancel = new CancellationTokenSource();
        var first = controller.TickAsync().AsTask();
        var second = controller.TickAsync(cancel.Token).AsTask();

        await cancel.CancelAsync();
        reads.Release();

        Assert.That(async () => await second, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await first).State, Is.Not.EqualTo(ControllerState.Cold));
    }

    [Test]
    public async Task The_loop_ticks_once_a_period_until_it_is_cancelled()
    {
        using var bench = new ControlBench();
        var reads = new SlowReads(bench.Fleet);
        using var controller = Over(bench, reads);
        using var cancel = new CancellationTokenSource();
        var run = controller.RunAsync(cancel.Token);
        while (reads.Count < 1)
        {
            await Task.Yield();
        }

        for (var ticks = 1; ticks <= 3; ticks++)
        {
            while (reads.Count < 1 + ticks)
            {
                // The first wait is a random part of a period, and begins when the start has ended on another thread.
                bench.Time.Advance(bench.Options.Tick / 4);
                await Task.Yield();
            }
        }

        await cancel.CancelAsync();
        await run;

        Assert.That(run.IsCompletedSuccessfully);
    }

    private static PowerPlannerController Over(ControlBench bench, SlowReads reads) =>
        new(bench.Problem, bench.Options, bench.Fleet, reads, new ControllerServices { TimeProvider = bench.Time });

    /// <summary>An actuator whose reads can be held up.</summary>
    private sealed class SlowReads(InMemoryFleet fleet) : IActuator
    {
        private TaskCompletionSource? _held;
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _held!.SetResult();

        public async ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            if (_held is { } held)
            {
                await held.Task.WaitAsync(cancellationToken);
            }

            return await fleet.ReadAsync(cancellationToken);
        }

        public ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken) => fleet.SetCapAsync(command, cancellationToken);

        public ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken) => fleet.SetReplicasAsync(command, cancellationToken);

        public ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken) => fleet.SetThresholdsAsync(command, cancellationToken);
    }
}
