using PlannerHost.Kubernetes;
using PowerPlanner.Control;

namespace PlannerHost.Tests.Kubernetes;

/// <summary>Which cap counts as in force.</summary>
internal sealed class CapReadBackTests
{
    private static readonly SetCapCommand Cap400 = new(FleetRole.Decode, 400, 1);

    [Test]
    public async Task A_cap_that_is_not_read_back_is_unknown()
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);

        var answer = await actuator.SetCapAsync(Cap400, CancellationToken.None);
        server.Settle();
        var settled = await actuator.ReadAsync(CancellationToken.None);

        Assert.That(answer.EffectiveCapWatts, Is.Null);
        Assert.That(settled.Decode!.EffectiveCapWatts, Is.EqualTo(400));
    }

    [Test]
    public async Task The_highest_cap_on_any_pod_counts_and_one_unknown_makes_all_unknown()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 3);
        using var actuator = KubernetesFixture.Create(server);
        var pods = server.Pods("decode");
        server.Annotate(pods[0], FakeApiServer.EffectiveAnnotation, "300");
        server.Annotate(pods[1], FakeApiServer.EffectiveAnnotation, "500");
        server.Annotate(pods[2], FakeApiServer.EffectiveAnnotation, "400");
        var known = (await actuator.ReadAsync(CancellationToken.None)).Decode!.EffectiveCapWatts;

        server.Annotate(pods[0], FakeApiServer.EffectiveAnnotation, null);
        var unknown = (await actuator.ReadAsync(CancellationToken.None)).Decode!.EffectiveCapWatts;

        Assert.That((known, unknown), Is.EqualTo(((int?)500, (int?)null)));
    }

    [TestCase("")]
    [TestCase("banana")]
    [TestCase("400W")]
    [TestCase(" 400")]
    [TestCase("4e2")]
    [TestCase("-400")]
    [TestCase("+400")]
    [TestCase("0")]
    [TestCase("400.0")]
    [TestCase("199")]
    [TestCase("701")]
    [TestCase("99999999999999999999999999")]
    [TestCase("٤٠٠")]
    public async Task What_is_no_cap_is_unknown(string hostile)
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        using var actuator = KubernetesFixture.Create(server);
        server.Annotate(server.Pods("decode")[0], FakeApiServer.EffectiveAnnotation, hostile);

        Assert.That((await actuator.ReadAsync(CancellationToken.None)).Decode!.EffectiveCapWatts, Is.Null);
    }

    [Test]
    public async Task An_annotation_as_large_as_Kubernetes_allows_is_no_cap()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        using var actuator = KubernetesFixture.Create(server);
        server.Annotate(server.Pods("decode")[0], FakeApiServer.EffectiveAnnotation, new string('4', 256 * 1024));

        Assert.That((await actuator.ReadAsync(CancellationToken.None)).Decode!.EffectiveCapWatts, Is.Null);
    }

    [Test]
    public async Task A_pod_whose_containers_have_not_started_does_not_make_the_cap_unknown_and_one_that_has_does()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        using var actuator = KubernetesFixture.Create(server);
        await actuator.SetCapAsync(Cap400, CancellationToken.None);
        server.Settle();
        await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 2, 2), CancellationToken.None);
        var pending = await actuator.ReadAsync(CancellationToken.None);

        server.ChangePod(server.Pods("decode")[1], FakeApiServer.MakeReady);
        var running = await actuator.ReadAsync(CancellationToken.None);

        Assert.That((pending.Decode!.EffectiveCapWatts, pending.Decode.Starting), Is.EqualTo(((int?)400, 1)));
        Assert.That((running.Decode!.EffectiveCapWatts, running.Decode.Ready), Is.EqualTo(((int?)null, 2)));
    }

    [Test]
    public async Task A_trusted_annotation_counts_after_its_time()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        using var actuator = KubernetesFixture.Create(server, options => options.CapReadBack = CapReadBack.Trust, time: time);
        var answer = await actuator.SetCapAsync(Cap400, CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(44));
        var early = await actuator.ReadAsync(CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(1));
        var late = await actuator.ReadAsync(CancellationToken.None);

        Assert.That((answer.EffectiveCapWatts, early.Decode!.EffectiveCapWatts, late.Decode!.EffectiveCapWatts), Is.EqualTo(((int?)null, (int?)null, (int?)400)));
    }

    [Test]
    public async Task A_metric_that_does_not_know_a_pod_makes_the_cap_unknown()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 2);
        var caps = new PodCaps();
        using var actuator = KubernetesFixture.Create(server, options => options.CapReadBack = CapReadBack.Metric, caps: caps);
        var pods = server.Pods("decode");
        caps.Caps[pods[0]] = new PodCap(400, 1);
        var partly = await actuator.ReadAsync(CancellationToken.None);

        caps.Caps[pods[1]] = new PodCap(450, 1);
        var fully = await actuator.ReadAsync(CancellationToken.None);

        Assert.That((partly.Decode!.EffectiveCapWatts, fully.Decode!.EffectiveCapWatts), Is.EqualTo(((int?)null, (int?)450)));
    }

    [Test]
    public async Task A_pod_of_several_GPUs_has_a_cap_when_all_of_them_are_reported()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 0);
        server.AddPod("llm-decode-a", new Dictionary<string, string> { ["app"] = "llm", ["component"] = "decode" }, ready: true, gpus: 4);
        var caps = new PodCaps();
        using var actuator = KubernetesFixture.Create(server, options => options.CapReadBack = CapReadBack.Metric, caps: caps);
        caps.Caps["llm-decode-a"] = new PodCap(400, 3);
        var partly = await actuator.ReadAsync(CancellationToken.None);

        caps.Caps["llm-decode-a"] = new PodCap(400, 4);
        var fully = await actuator.ReadAsync(CancellationToken.None);

        Assert.That((partly.Decode!.EffectiveCapWatts, fully.Decode!.EffectiveCapWatts), Is.EqualTo(((int?)null, (int?)400)));
    }

    private sealed class PodCaps : IPodCapReader
    {
        public Dictionary<string, PodCap> Caps { get; } = [];

        public ValueTask<IReadOnlyDictionary<string, PodCap>> ReadAsync(string podNamespace, CancellationToken cancellationToken) => new(Caps);
    }
}
