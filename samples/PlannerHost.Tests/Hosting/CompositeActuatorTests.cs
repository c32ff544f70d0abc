using Microsoft.Extensions.Logging.Testing;
using PlannerHost.Frontends;
using PlannerHost.Hosting;
using PowerPlanner.Control;
using PowerPlanner.Power;
using PowerPlanner.Testing.Conformance;
using PowerPlanner.Testing.InMemory;

namespace PlannerHost.Tests.Hosting;

[TestFixture]
internal sealed class CompositeActuatorTests
{
    [Test]
    public async Task It_keeps_the_contract_with_real_frontends()
    {
        await using var first = await FakeFrontend.StartAsync();
        await using var second = await FakeFrontend.StartAsync();
        var options = new FrontendOptions { Model = "llama", Endpoints = new() { ["a"] = first.Address, ["b"] = second.Address }, TimeoutSeconds = 60, AnswerWithinSeconds = 60 };
        using var actuator = new CompositeActuator(Fleet(), new FrontendAdapter(options, new FixedFrontends(options), TimeProvider.System, new FakeLogger<FrontendAdapter>()));

        await new ActuatorConformance(actuator).RunAllAsync();
    }

    [Test]
    [Property("Defect", "D-43")]
    public async Task It_knows_how_many_gpus_serve()
    {
        using var actuator = new CompositeActuator(Fleet(), frontends: null);
        Assert.That(actuator.ServingGpus(FleetRole.Decode), Is.Null);

        await actuator.ReadAsync(CancellationToken.None);

        Assert.That((actuator.ServingGpus(FleetRole.Decode), actuator.ServingGpus(FleetRole.Prefill), actuator.ServingGpus(FleetRole.Aggregated)), Is.EqualTo(((int?)4, (int?)1, (int?)null)));
    }

    [Test]
    public void It_fences_where_the_fleet_does([Values] bool fences)
    {
        using var actuator = new CompositeActuator(Fleet(fences), frontends: null);

        Assert.That(actuator.FencesByRevision, Is.EqualTo(fences));
    }

    private static InMemoryFleet Fleet(bool fences = true) => new(new InMemoryFleetSetup
    {
        FencesByRevision = fences,
        Prefill = new InMemoryRole { GpusPerReplica = 1, Replicas = 1, CapWatts = 500 },
        Decode = new InMemoryRole { GpusPerReplica = 2, Replicas = 2, CapWatts = 400, CapLimits = new GpuPowerLimits(200, 700) },
    });
}
