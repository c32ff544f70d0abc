using Microsoft.Extensions.Logging.Testing;
using PlannerHost.Kubernetes;
using PowerPlanner.Control;

namespace PlannerHost.Tests.Kubernetes;

internal sealed class NewPodWatchTests
{
    private static readonly Dictionary<string, string> Decode = new() { ["app"] = "llm", ["component"] = "decode" };

    [Test]
    [CancelAfter(240_000)]
    public async Task A_pod_that_appears_gets_the_cap_without_a_read(CancellationToken cancellationToken)
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        using var actuator = KubernetesFixture.Create(server);
        using var watch = Create(server, actuator, out _);
        await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), cancellationToken);
        await watch.StartAsync(cancellationToken);

        server.AddPod("llm-decode-new", Decode, ready: false);

        await UntilAsync(() => server.Annotation("llm-decode-new", FakeApiServer.CapAnnotation) == "400", cancellationToken);
        await watch.StopAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(240_000)]
    public async Task A_pod_whose_cap_somebody_changes_gets_it_back(CancellationToken cancellationToken)
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        using var actuator = KubernetesFixture.Create(server);
        using var watch = Create(server, actuator, out _);
        await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), cancellationToken);
        await watch.StartAsync(cancellationToken);

        server.Annotate(server.Pods("decode")[0], FakeApiServer.CapAnnotation, "700");

        await UntilAsync(() => server.Annotation(server.Pods("decode")[0], FakeApiServer.CapAnnotation) == "400", cancellationToken);
        await watch.StopAsync(cancellationToken);
    }

    [TestCase(500)]
    [TestCase(403)]
    [TestCase(410)]
    [CancelAfter(240_000)]
    public async Task A_watch_that_fails_is_begun_again_and_the_failure_is_said_once(int status, CancellationToken cancellationToken)
    {
        await using var server = await KubernetesFixture.StartAsync(prefill: 0, decode: 0);
        using var actuator = KubernetesFixture.Create(server, options => options.Prefill = null);
        using var watch = Create(server, actuator, out var logger, options => options.Prefill = null);
        await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), cancellationToken);
        server.Inject(new ApiFault { Query = "watch=true", Status = status, Times = 2 });
        await watch.StartAsync(cancellationToken);

        server.AddPod("llm-decode-new", Decode, ready: false);

        await UntilAsync(() => server.Annotation("llm-decode-new", FakeApiServer.CapAnnotation) == "400", cancellationToken);
        await watch.StopAsync(cancellationToken);
        Assert.That(logger.Collector.Count, Is.EqualTo(1));
    }

    [Test]
    [CancelAfter(240_000)]
    public async Task A_watch_that_the_server_ends_goes_on(CancellationToken cancellationToken)
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        using var actuator = KubernetesFixture.Create(server);
        using var watch = Create(server, actuator, out _);
        await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), cancellationToken);
        await watch.StartAsync(cancellationToken);
        server.AddPod("llm-decode-one", Decode, ready: false);
        await UntilAsync(() => server.Annotation("llm-decode-one", FakeApiServer.CapAnnotation) == "400", cancellationToken);

        server.EndWatches();
        server.AddPod("llm-decode-two", Decode, ready: false);

        await UntilAsync(() => server.Annotation("llm-decode-two", FakeApiServer.CapAnnotation) == "400", cancellationToken);
        await watch.StopAsync(cancellationToken);
    }

    private static NewPodWatch Create(FakeApiServer server, KubernetesActuator actuator, out FakeLogger<NewPodWatch> logger, Action<KubernetesOptions>? change = null) =>
        new(server.CreateClient(), KubernetesFixture.Options(change), actuator, TimeProvider.System, logger = new FakeLogger<NewPodWatch>());

    private static async Task UntilAsync(Func<bool> holds, CancellationToken cancellationToken)
    {
        while (!holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }
    }
}
