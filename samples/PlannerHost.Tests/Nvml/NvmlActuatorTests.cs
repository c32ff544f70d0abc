using Microsoft.Extensions.Time.Testing;
using PlannerHost.Nvml;
using PowerPlanner.Control;
using PowerPlanner.Testing.Conformance;
using PowerPlanner.Testing.InMemory;

namespace PlannerHost.Tests.Nvml;

[NonParallelizable]
internal sealed class NvmlActuatorTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    [Test]
    public async Task It_keeps_the_contract_of_an_actuator()
    {
        using var session = NvmlStub.Open(gpus: 4);
        using var actuator = Create(session);
        var conformance = new ActuatorConformance(actuator, new ActuatorConformanceOptions { RefuseCaps = DenyWrites });

        await conformance.RunAllAsync();
    }

    [Test]
    public void A_process_without_permission_is_refused()
    {
        using var session = NvmlStub.Open(gpus: 4);
        using var actuator = Create(session);
        NvmlStub.Fail("nvmlDeviceSetPowerManagementLimit", NvmlStub.AnyGpu, NvmlReturn.NoPermission);

        Assert.That(
            async () => await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), CancellationToken.None),
            Throws.TypeOf<CommandRefusedException>().With.Message.Contains("400 W for Decode").And.InnerException.TypeOf<NvmlPermissionException>());
    }

    [Test]
    public void A_failure_after_which_the_driver_may_have_acted_is_not_a_refusal()
    {
        using var session = NvmlStub.Open(gpus: 4);
        using var actuator = Create(session);
        NvmlStub.Fail("nvmlDeviceSetPowerManagementLimit", NvmlStub.AnyGpu, NvmlReturn.Unknown);

        Assert.That(
            async () => await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), CancellationToken.None),
            Throws.InvalidOperationException.With.InnerException.TypeOf<NvmlException>());
    }

    [Test]
    public async Task A_cap_that_only_some_GPUs_took_is_answered_with_what_is_in_force()
    {
        using var session = NvmlStub.Open(gpus: 4);
        using var actuator = Create(session);
        NvmlStub.Fail("nvmlDeviceSetPowerManagementLimit", gpu: 3, NvmlReturn.NoPermission);

        var state = await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 7), CancellationToken.None);

        Assert.That((state.EffectiveCapWatts, state.Revision), Is.EqualTo((700, 7L)));
    }

    [Test]
    public async Task Replicas_count_at_the_highest_caps_that_their_GPUs_may_have()
    {
        using var session = NvmlStub.Open(gpus: 4);
        using var actuator = Create(session, replicas: 2);
        NvmlStub.Fail("nvmlDeviceSetPowerManagementLimit", gpu: 3, NvmlReturn.NoPermission);
        var partial = await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), CancellationToken.None);

        NvmlStub.Fail("nvmlDeviceGetPowerManagementLimit", gpu: 2, NvmlReturn.GpuIsLost);
        var unread = (await actuator.ReadAsync(CancellationToken.None)).Decode!;

        Assert.That((partial.EffectiveCapWatts, partial.UnknownCapReplicas, partial.CapCounts), Is.EqualTo(((int?)700, 0, new[] { new CapCount(400, 1), new CapCount(700, 1) })));
        Assert.That((unread.EffectiveCapWatts, unread.UnknownCapReplicas, unread.CapCounts), Is.EqualTo(((int?)700, 1, new[] { new CapCount(700, 1) })));
        Assert.That(unread.NewbornCap, Is.EqualTo(NewbornCap.AsCommanded));
    }

    [Test]
    public async Task A_GPU_that_cannot_be_read_makes_the_replica_unknown_that_may_have_it()
    {
        using var session = NvmlStub.Open(gpus: 4);
        using var actuator = Create(session);
        NvmlStub.Fail("nvmlDeviceGetPowerManagementLimit", gpu: 3, NvmlReturn.GpuIsLost);

        var state = (await actuator.ReadAsync(CancellationToken.None)).Decode!;

        Assert.That((state.EffectiveCapWatts, state.UnknownCapReplicas), Is.EqualTo(((int?)null, 1)));
    }

    [Test]
    public async Task It_fences_by_revision()
    {
        using var session = NvmlStub.Open(gpus: 4);
        using var actuator = Create(session);
        await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 2), CancellationToken.None);

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 600, 1), CancellationToken.None), Throws.TypeOf<CommandRefusedException>().With.Message.Contains("1, and 2"));

        Assert.That(actuator.FencesByRevision, Is.True);
        Assert.That(NvmlStub.LimitMilliwatts(2), Is.EqualTo(400_000));
    }

    [Test]
    public async Task A_call_that_hangs_is_uncertain_and_the_next_one_waits_for_it()
    {
        using var session = NvmlStub.Open(gpus: 4);
        var time = new FakeTimeProvider();
        using var actuator = Create(session, time);
        NvmlStub.Hold("nvmlDeviceSetPowerManagementLimit");

        var first = actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), CancellationToken.None).AsTask();
        NvmlStub.AwaitHang();
        time.Advance(TimeLimit);
        Assert.That(async () => await first, Throws.TypeOf<TimeoutException>().With.Message.Contains("may still take effect"));

        var second = actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 450, 2), CancellationToken.None).AsTask();
        time.Advance(TimeLimit);
        Assert.That(async () => await second, Throws.TypeOf<TimeoutException>().With.Message.Contains("an earlier call"));

        NvmlStub.Heal();
        Assert.That((await actuator.ReadAsync(CancellationToken.None)).Decode!.EffectiveCapWatts, Is.EqualTo(400));
    }

    [Test]
    public async Task Restoring_gives_every_role_its_default_limits_back()
    {
        using var session = NvmlStub.Open(gpus: 4);
        using var actuator = Create(session);
        await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), CancellationToken.None);

        var outcomes = await actuator.RestoreAsync(CancellationToken.None);

        Assert.That(outcomes[FleetRole.Decode].EffectiveCapWatts, Is.EqualTo(700));
        Assert.That(NvmlStub.LimitMilliwatts(2), Is.EqualTo(700000));
    }

    [Test]
    public void A_GPU_has_one_role()
    {
        using var session = NvmlStub.Open(gpus: 2);
        var writers = new Dictionary<FleetRole, NvmlCapWriter>
        {
            [FleetRole.Prefill] = new(session, [NvmlStub.Uuid(0)]),
            [FleetRole.Decode] = new(session, [NvmlStub.Uuid(1), NvmlStub.Uuid(0)]),
        };

        Assert.That(() => new NvmlActuator(Fleet(), writers, TimeLimit, TimeProvider.System), Throws.ArgumentException.With.Message.Contains(NvmlStub.Uuid(0)));
    }

    private static NvmlActuator Create(NvmlSession session, TimeProvider? time = null, int replicas = 1) => new(
        Fleet(replicas),
        new Dictionary<FleetRole, NvmlCapWriter>
        {
            [FleetRole.Prefill] = new(session, [NvmlStub.Uuid(0), NvmlStub.Uuid(1)]),
            [FleetRole.Decode] = new(session, [NvmlStub.Uuid(2), NvmlStub.Uuid(3)]),
        },
        TimeLimit,
        time ?? TimeProvider.System);

    // Its own caps are of no account: an answer with 123 W would show that they were used.
    private static InMemoryFleet Fleet(int replicas = 1) => new(new InMemoryFleetSetup
    {
        Prefill = new InMemoryRole { Replicas = 1, CapWatts = 123 },
        Decode = new InMemoryRole { Replicas = replicas, CapWatts = 123 },
    });

    private static Healing DenyWrites()
    {
        NvmlStub.Fail("nvmlDeviceSetPowerManagementLimit", NvmlStub.AnyGpu, NvmlReturn.NoPermission);
        return new Healing();
    }

    private sealed class Healing : IDisposable
    {
        public void Dispose() => NvmlStub.Heal();
    }
}
