using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
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
        string? silent = null;
        var conformance = new ActuatorConformance(actuator, new ActuatorConformanceOptions
        {
            SettleAsync = _ =>
            {
                server.Settle();
                Silence();
                return ValueTask.CompletedTask;
            },
            StepAsync = _ =>
            {
                ActOnOnePod(server);
                Silence();
                return ValueTask.CompletedTask;
            },
            SilenceCaps = () =>
            {
                silent = server.Pods("decode")[0];
                Silence();
                return new Healing(() => silent = null);
            },
            RefuseCaps = () =>
            {
                server.Inject(new ApiFault { Method = "PATCH", Path = "/pods/", Status = 403 });
                return new Healing(server.Heal);
            },
        });

        await conformance.RunAllAsync();

        void Silence()
        {
            if (silent is not null)
            {
                server.Annotate(silent, FakeApiServer.EffectiveAnnotation, null);
            }
        }
    }

    [Test]
    public async Task Agents_may_apply_what_has_been_replaced_so_nothing_is_fenced()
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);

        Assert.That(((IActuator)actuator).FencesByRevision, Is.False);
    }

    [Test]
    public async Task A_command_that_is_older_than_one_that_was_answered_is_refused_and_writes_nothing()
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);
        await actuator.SetCapAsync(Cap400 with { Revision = 7 }, CancellationToken.None);
        await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 3, 6), CancellationToken.None);
        var writes = server.Writes.Count();

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(Cap400 with { CapWatts = 600, Revision = 6 }, CancellationToken.None), Throws.TypeOf<CommandRefusedException>().With.Message.Contains("6, and 7"));
        await Assert.ThatAsync(async () => await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 4, 5), CancellationToken.None), Throws.TypeOf<CommandRefusedException>());

        Assert.That(server.Writes.Count(), Is.EqualTo(writes));
        Assert.That((await actuator.ReadAsync(CancellationToken.None)).Decode!.Revision, Is.EqualTo(7));
    }

    [TestCase(404)]
    [TestCase(403)]
    public async Task A_role_whose_scale_cannot_be_read_is_missing_and_told_once(int status)
    {
        await using var server = await KubernetesFixture.StartAsync();
        var log = new FakeLogger<KubernetesActuator>();
        using var actuator = new KubernetesActuator(server.CreateClient(), KubernetesFixture.Options(), SoleLeadership.Instance, TimeProvider.System, logger: log);
        server.Inject(new ApiFault { Path = "/llm-decode/scale", Status = status });

        var first = await actuator.ReadAsync(CancellationToken.None);
        var second = await actuator.ReadAsync(CancellationToken.None);
        server.Heal();
        var healed = await actuator.ReadAsync(CancellationToken.None);

        Assert.That((first.Prefill!.Ready, first.Decode, second.Decode, healed.Decode!.Ready), Is.EqualTo((1, (RoleState?)null, (RoleState?)null, 2)));
        Assert.That(log.Collector.GetSnapshot().Select(record => record.Level), Is.EqualTo(new[] { LogLevel.Error, LogLevel.Information }));
        Assert.That(log.Collector.GetSnapshot()[0].Message, Does.Contain("Decode").And.Contain("dynamocomponentdeployments.nvidia.com/llm-decode in llm").And.Contain(status.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Test]
    public async Task Where_no_role_can_be_read_the_read_fails_by_the_resources_name()
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);
        server.Inject(new ApiFault { Path = "/scale", Status = 403 });

        await Assert.ThatAsync(async () => await actuator.ReadAsync(CancellationToken.None), Throws.TypeOf<KubernetesApiException>().With.Message.Contains("llm-prefill").And.Message.Contains("403"));
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
                options.Decode.NewbornCapWatts = 701;
                options.CapReadBack = CapReadBack.Metric;
                options.MaxAttempts = 0;
            }),
            Throws.ArgumentException.With.Message.Contains("Decode:LabelSelector").And.Message.Contains("'../../secrets'").And.Message.Contains("MaxCapWatts is 100").And.Message.Contains("Decode:NewbornCapWatts is 701; caps that the GPUs accept are allowed, 200 W to 700 W").And.Message.Contains("CapReadBack is Metric").And.Message.Contains("MaxAttempts is 0"));
    }

    // The agent of one node looks: the first pod whose cap is another than it was asked for has it.
    private static void ActOnOnePod(FakeApiServer server)
    {
        if (server.Pods("decode").FirstOrDefault(pod => server.Annotation(pod, FakeApiServer.CapAnnotation) != server.Annotation(pod, FakeApiServer.EffectiveAnnotation)) is { } pod)
        {
            server.Annotate(pod, FakeApiServer.EffectiveAnnotation, server.Annotation(pod, FakeApiServer.CapAnnotation));
        }
    }

    private sealed class Healing(Action heal) : IDisposable
    {
        public void Dispose() => heal();
    }
}
