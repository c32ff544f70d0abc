using PlannerHost.Kubernetes;
using PowerPlanner.Control;

namespace PlannerHost.Tests.Kubernetes;

/// <summary>Which cap counts as in force.</summary>
internal sealed class CapReadBackTests
{
    private static readonly SetCapCommand Cap400 = new(FleetRole.Decode, 400, 1);
    private static readonly Dictionary<string, string> Decode = new() { ["app"] = "llm", ["component"] = "decode" };

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
    public async Task Pods_count_at_their_caps_and_one_that_is_unknown_as_that_alone()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 3);
        using var actuator = KubernetesFixture.Create(server);
        var pods = server.Pods("decode");
        server.Annotate(pods[0], FakeApiServer.EffectiveAnnotation, "300");
        server.Annotate(pods[1], FakeApiServer.EffectiveAnnotation, "500");
        server.Annotate(pods[2], FakeApiServer.EffectiveAnnotation, "400");
        var known = (await actuator.ReadAsync(CancellationToken.None)).Decode!;

        server.Annotate(pods[1], FakeApiServer.EffectiveAnnotation, null);
        var unknown = (await actuator.ReadAsync(CancellationToken.None)).Decode!;

        Assert.That((known.EffectiveCapWatts, known.UnknownCapReplicas, known.CapCounts), Is.EqualTo(((int?)500, 0, new[] { new CapCount(300, 1), new CapCount(400, 1), new CapCount(500, 1) })));
        Assert.That((unknown.EffectiveCapWatts, unknown.UnknownCapReplicas, unknown.CapCounts), Is.EqualTo(((int?)400, 1, new[] { new CapCount(300, 1), new CapCount(400, 1) })));
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
    public async Task A_replica_is_unknown_from_the_moment_it_is_asked_for_until_its_cap_is_read_back()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        using var actuator = KubernetesFixture.Create(server);
        await actuator.SetCapAsync(Cap400, CancellationToken.None);
        server.Settle();
        var pending = await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 2, 2), CancellationToken.None);
        server.RemovePod(server.Pods("decode")[1]);
        var noPod = (await actuator.ReadAsync(CancellationToken.None)).Decode!;
        server.AddPod("llm-decode-new", Decode, ready: true);
        var running = (await actuator.ReadAsync(CancellationToken.None)).Decode!;
        server.Settle();
        var settled = (await actuator.ReadAsync(CancellationToken.None)).Decode!;

        Assert.That(new[] { Caps(pending), Caps(noPod), Caps(running), Caps(settled) }, Is.EqualTo(new[] { ((int?)400, 1, 1), (400, 1, 1), (400, 1, 0), (400, 0, 0) }));
        Assert.That((pending.CapCounts, pending.NewbornCap), Is.EqualTo((new[] { new CapCount(400, 1) }, NewbornCap.Unknown)));

        static (int?, int, int) Caps(RoleState state) => (state.EffectiveCapWatts, state.UnknownCapReplicas, state.Starting);
    }

    [Test]
    public async Task Where_the_cap_of_newborn_pods_is_known_those_that_start_have_it_or_what_their_agent_may_have_applied()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        using var actuator = KubernetesFixture.Create(server, options => options.Decode!.NewbornCapWatts = 450);
        await actuator.SetCapAsync(Cap400, CancellationToken.None);
        server.Settle();
        var pending = await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 2, 2), CancellationToken.None);
        await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 600, 3), CancellationToken.None);
        var asked = await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 4), CancellationToken.None);
        server.ChangePod(server.Pods("decode")[1], FakeApiServer.MakeReady);
        var ready = (await actuator.ReadAsync(CancellationToken.None)).Decode!;

        Assert.That((pending.NewbornCap, pending.UnknownCapReplicas, pending.CapCounts), Is.EqualTo((NewbornCap.Of(450), 0, new[] { new CapCount(400, 1), new CapCount(450, 1) })));
        Assert.That((asked.EffectiveCapWatts, asked.CapCounts), Is.EqualTo(((int?)600, new[] { new CapCount(400, 1), new CapCount(600, 1) })));
        Assert.That((ready.EffectiveCapWatts, ready.UnknownCapReplicas), Is.EqualTo(((int?)400, 1)));
    }

    [Test]
    public async Task What_is_said_of_a_pod_that_has_not_started_is_not_its_own()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 0);
        server.AddPod("llm-decode-a", Decode, ready: false);
        server.Annotate("llm-decode-a", FakeApiServer.EffectiveAnnotation, "400");
        using var actuator = KubernetesFixture.Create(server);

        var state = (await actuator.ReadAsync(CancellationToken.None)).Decode!;

        Assert.That((state.EffectiveCapWatts, state.UnknownCapReplicas), Is.EqualTo(((int?)null, 1)));
    }

    [Test]
    public async Task A_pod_that_was_told_to_go_before_it_started_has_no_cap_to_count()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        using var actuator = KubernetesFixture.Create(server);
        await actuator.SetCapAsync(Cap400, CancellationToken.None);
        server.Settle();
        await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 2, 2), CancellationToken.None);

        var state = await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 1, 3), CancellationToken.None);

        Assert.That((state.Ready, state.Terminating, state.EffectiveCapWatts, state.UnknownCapReplicas), Is.EqualTo((1, 1, (int?)400, 0)));
    }

    [Test]
    public async Task Replicas_of_several_pods_count_so_that_nothing_is_charged_too_low()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 0);
        using var actuator = KubernetesFixture.Create(server, options => options.Decode!.PodsPerReplica = 2);
        foreach (var (name, cap) in ((string, string?)[])[("a", "300"), ("b", "500"), ("c", null), ("d", "300"), ("e", "400"), ("f", "400")])
        {
            server.AddPod($"llm-decode-{name}", Decode, ready: true);
            server.Annotate($"llm-decode-{name}", FakeApiServer.EffectiveAnnotation, cap);
        }

        var state = (await actuator.ReadAsync(CancellationToken.None)).Decode!;

        Assert.That((state.Ready, state.UnknownCapReplicas, state.CapCounts), Is.EqualTo((3, 1, new[] { new CapCount(300, 1), new CapCount(400, 1) })));
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
    public async Task A_metric_that_does_not_know_a_pod_makes_its_cap_unknown()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 2);
        var caps = new PodCaps();
        using var actuator = KubernetesFixture.Create(server, options => options.CapReadBack = CapReadBack.Metric, caps: caps);
        var pods = server.Pods("decode");
        caps.Caps[pods[0]] = new PodCap(400, 1);
        var partly = await actuator.ReadAsync(CancellationToken.None);

        caps.Caps[pods[1]] = new PodCap(450, 1);
        var fully = await actuator.ReadAsync(CancellationToken.None);

        Assert.That((partly.Decode!.EffectiveCapWatts, partly.Decode.UnknownCapReplicas), Is.EqualTo(((int?)400, 1)));
        Assert.That((fully.Decode!.EffectiveCapWatts, fully.Decode.UnknownCapReplicas), Is.EqualTo(((int?)450, 0)));
    }

    [Test]
    public async Task A_pod_of_several_GPUs_has_a_cap_when_all_of_them_are_reported()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 0);
        server.AddPod("llm-decode-a", Decode, ready: true, gpus: 4);
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
