using PowerPlanner.Control;

namespace PlannerHost.Tests.Kubernetes;

/// <summary>What caps are asked for on pods, and when.</summary>
internal sealed class KubernetesCapTests
{
    private static readonly SetCapCommand Cap400 = new(FleetRole.Decode, 400, 1);

    [Test]
    public async Task A_cap_is_asked_for_on_every_pod_of_the_role_and_on_no_other()
    {
        await using var server = await KubernetesFixture.StartAsync(prefill: 1, decode: 3);
        using var actuator = KubernetesFixture.Create(server);

        await actuator.SetCapAsync(Cap400, CancellationToken.None);

        Assert.That(server.Pods("decode").Select(pod => server.Annotation(pod, FakeApiServer.CapAnnotation)), Is.All.EqualTo("400").And.Exactly(3).Items);
        Assert.That(server.Annotation(server.Pods("prefill")[0], FakeApiServer.CapAnnotation), Is.Null);
    }

    [Test]
    public async Task Only_pods_that_ask_for_something_else_are_written()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 3);
        using var actuator = KubernetesFixture.Create(server);
        server.Annotate(server.Pods("decode")[1], FakeApiServer.CapAnnotation, "400");
        await actuator.SetCapAsync(Cap400, CancellationToken.None);

        await actuator.SetCapAsync(Cap400 with { Revision = 2 }, CancellationToken.None);

        Assert.That(server.Writes.Count(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_pod_that_appears_gets_the_cap_at_the_next_read()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        using var actuator = KubernetesFixture.Create(server);
        await actuator.SetCapAsync(Cap400, CancellationToken.None);
        await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 2, 2), CancellationToken.None);

        await actuator.ReadAsync(CancellationToken.None);

        Assert.That(server.Pods("decode").Select(pod => server.Annotation(pod, FakeApiServer.CapAnnotation)), Is.All.EqualTo("400").And.Exactly(2).Items);
    }

    [Test]
    public async Task Without_pods_the_cap_is_the_one_that_new_pods_are_given()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 0);
        using var actuator = KubernetesFixture.Create(server);
        var before = await actuator.ReadAsync(CancellationToken.None);

        var after = await actuator.SetCapAsync(Cap400, CancellationToken.None);

        Assert.That((before.Decode!.EffectiveCapWatts, after.EffectiveCapWatts), Is.EqualTo(((int?)null, (int?)400)));
    }

    [Test]
    public async Task Reads_write_nothing_where_no_pod_was_ever_asked_for_a_cap()
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);

        await actuator.ReadAsync(CancellationToken.None);

        Assert.That(server.Writes, Is.Empty);
    }

    [Test]
    public async Task Replicas_that_a_new_host_adds_get_the_cap_that_the_one_before_it_asked_for()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 1);
        using (var before = KubernetesFixture.Create(server))
        {
            await before.SetCapAsync(Cap400, CancellationToken.None);
        }

        using var actuator = KubernetesFixture.Create(server);
        await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 3, 2), CancellationToken.None);
        await actuator.ReadAsync(CancellationToken.None);

        Assert.That(server.Pods("decode").Select(pod => server.Annotation(pod, FakeApiServer.CapAnnotation)), Is.All.EqualTo("400").And.Exactly(3).Items);
    }

    [Test]
    public async Task Before_a_cap_is_commanded_what_a_pod_was_asked_for_stays()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 3);
        using var actuator = KubernetesFixture.Create(server);
        var pods = server.Pods("decode");
        server.Annotate(pods[0], FakeApiServer.CapAnnotation, "300");
        server.Annotate(pods[1], FakeApiServer.CapAnnotation, "500");

        await actuator.ReadAsync(CancellationToken.None);

        Assert.That(pods.Select(pod => server.Annotation(pod, FakeApiServer.CapAnnotation)), Is.EqualTo(new[] { "300", "500", "500" }));
    }
}
