using PlannerHost.Kubernetes;
using PowerPlanner.Control;
using PowerPlanner.Testing.Conformance;

namespace PlannerHost.Tests.Kubernetes;

internal sealed class KubernetesActuatorTests
{
    private static readonly SetCapCommand Cap400 = new(FleetRole.Decode, 400, 1);

    [Test]
    public async Task It_keeps_the_contract_of_an_actuator()
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);
        var conformance = new ActuatorConformance(actuator, new ActuatorConformanceOptions
        {
            SettleAsync = _ =>
            {
                server.Settle();
                return ValueTask.CompletedTask;
            },
            RefuseCaps = () =>
            {
                server.Inject(new ApiFault { Method = "PATCH", Path = "/pods/", Status = 403 });
                return new Healing(server);
            },
        });

        await conformance.RunAllAsync();
    }

    [Test]
    public async Task A_bearer_token_is_sent_and_appears_in_no_message()
    {
        await using var server = await KubernetesFixture.StartAsync();
        server.Token = "s3cret";
        using var known = new KubernetesActuator(server.CreateClient("s3cret"), KubernetesFixture.Options(), SoleLeadership.Instance, TimeProvider.System);
        using var stranger = new KubernetesActuator(server.CreateClient("w4ong"), KubernetesFixture.Options(), SoleLeadership.Instance, TimeProvider.System);

        await Assert.ThatAsync(async () => await known.ReadAsync(CancellationToken.None), Throws.Nothing);
        var refused = (await Assert.CatchAsync(async () => await stranger.SetCapAsync(Cap400, CancellationToken.None)))!;

        Assert.That(refused, Is.TypeOf<CommandRefusedException>());
        Assert.That(refused.ToString(), Does.Not.Contain("w4ong"));
    }

    [Test]
    public async Task All_that_is_wrong_with_the_options_is_said_at_once()
    {
        await using var server = await FakeApiServer.StartAsync();

        Assert.That(
            () => KubernetesFixture.Create(server, options =>
            {
                options.Decode!.LabelSelector = " ";
                options.Prefill!.Name = "../../secrets";
                options.Prefill.MaxCapWatts = 100;
                options.CapReadBack = CapReadBack.Metric;
                options.MaxAttempts = 0;
            }),
            Throws.ArgumentException.With.Message.Contains("Decode:LabelSelector").And.Message.Contains("'../../secrets'").And.Message.Contains("MaxCapWatts is 100").And.Message.Contains("CapReadBack is Metric").And.Message.Contains("MaxAttempts is 0"));
    }

    private sealed class Healing(FakeApiServer server) : IDisposable
    {
        public void Dispose() => server.Heal();
    }
}
