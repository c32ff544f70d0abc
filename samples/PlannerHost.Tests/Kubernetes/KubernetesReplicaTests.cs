using PlannerHost.Kubernetes;
using PowerPlanner.Control;

namespace PlannerHost.Tests.Kubernetes;

/// <summary>How replicas are counted and scaled.</summary>
internal sealed class KubernetesReplicaTests
{
    [Test]
    public async Task A_role_is_rolling_while_pods_of_two_templates_live()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 2);
        using var actuator = KubernetesFixture.Create(server);
        var pods = server.Pods("decode");
        Label(server, pods[0], "pod-template-hash", "old");
        Label(server, pods[1], "pod-template-hash", "new");

        var during = await actuator.ReadAsync(CancellationToken.None);
        server.ChangePod(pods[0], pod => pod["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z");
        var after = await actuator.ReadAsync(CancellationToken.None);

        Assert.That((during.Decode!.IsRolling, during.Prefill!.IsRolling, after.Decode!.IsRolling), Is.EqualTo((true, false, false)));
    }

    [Test]
    public async Task Two_sets_with_revisions_of_their_own_are_no_rollout()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 2);
        using var actuator = KubernetesFixture.Create(server);
        foreach (var pod in server.Pods("decode"))
        {
            Label(server, pod, "controller-revision-hash", $"{pod}-1");
            server.ChangePod(pod, json => json["metadata"]!["ownerReferences"] = new System.Text.Json.Nodes.JsonArray(
                new System.Text.Json.Nodes.JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "StatefulSet", ["name"] = pod, ["uid"] = $"set-of-{pod}", ["controller"] = true }));
        }

        Assert.That((await actuator.ReadAsync(CancellationToken.None)).Decode!.IsRolling, Is.False);
    }

    [Test]
    public async Task The_label_that_tells_templates_apart_can_be_named()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 2);
        using var actuator = KubernetesFixture.Create(server, options => options.RevisionLabel = "example.com/hash");
        Label(server, server.Pods("decode")[0], "example.com/hash", "old");
        Label(server, server.Pods("decode")[1], "example.com/hash", "new");

        Assert.That((await actuator.ReadAsync(CancellationToken.None)).Decode!.IsRolling, Is.True);
    }

    [Test]
    public async Task Replicas_that_are_asked_for_and_have_no_pod_yet_count_as_starting()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 2);
        using var actuator = KubernetesFixture.Create(server);
        server.RemovePod(server.Pods("decode")[0]);

        var state = (await actuator.ReadAsync(CancellationToken.None)).Decode!;

        Assert.That((state.Ready, state.Starting, state.Terminating), Is.EqualTo((1, 1, 0)));
    }

    [Test]
    public async Task Pods_on_their_way_out_are_terminating_and_ended_ones_are_gone()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 3);
        using var actuator = KubernetesFixture.Create(server);
        await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 1, 1), CancellationToken.None);
        var pods = server.Pods("decode");
        server.ChangePod(pods[2], pod => pod["status"]!["phase"] = "Succeeded");

        var state = (await actuator.ReadAsync(CancellationToken.None)).Decode!;

        Assert.That((state.Ready, state.Starting, state.Terminating), Is.EqualTo((1, 0, 1)));
    }

    [Test]
    public async Task A_replica_of_several_pods_serves_when_all_of_them_do()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 0);
        using var actuator = KubernetesFixture.Create(server, options => options.Decode!.PodsPerReplica = 2);
        var labels = new Dictionary<string, string> { ["app"] = "llm", ["component"] = "decode" };
        foreach (var (name, ready) in ((string, bool)[])[("llm-decode-a", true), ("llm-decode-b", true), ("llm-decode-c", true), ("llm-decode-d", false)])
        {
            server.AddPod(name, labels, ready, gpus: 8);
        }

        var state = (await actuator.ReadAsync(CancellationToken.None)).Decode!;

        Assert.That((state.Ready, state.Starting, state.GpusPerReplica), Is.EqualTo((1, 1, (int?)16)));
    }

    [Test]
    public async Task Scaling_to_what_is_asked_already_writes_nothing()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 2);
        using var actuator = KubernetesFixture.Create(server);

        await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 2, 1), CancellationToken.None);

        Assert.That(server.Writes, Is.Empty);
    }

    [TestCase(FleetRole.Prefill, "PATCH /apis/apps/v1/namespaces/llm/deployments/llm-prefill/scale")]
    [TestCase(FleetRole.Decode, "PATCH /apis/nvidia.com/v1alpha1/namespaces/llm/dynamocomponentdeployments/llm-decode/scale")]
    public async Task Deployments_and_custom_resources_are_scaled_through_the_same_subresource(FleetRole role, string request)
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);

        await actuator.SetReplicasAsync(new SetReplicasCommand(role, 4, 1), CancellationToken.None);

        Assert.That(server.Writes, Is.EqualTo(new[] { request }));
    }

    [Test]
    public async Task A_resource_that_is_not_there_is_refused_by_its_name()
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server, options => options.Decode!.Name = "no-such");

        await Assert.ThatAsync(async () => await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 3, 1), CancellationToken.None), Throws.TypeOf<CommandRefusedException>().With.Message.Contains("dynamocomponentdeployments.nvidia.com/no-such in llm"));
    }

    [Test]
    public async Task Long_lists_are_read_page_by_page()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 7);
        using var actuator = KubernetesFixture.Create(server);
        server.PageLimit = 3;

        Assert.That((await actuator.ReadAsync(CancellationToken.None)).Decode!.Ready, Is.EqualTo(7));
    }

    [Test]
    public async Task A_list_that_ages_between_pages_is_read_anew()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 7);
        using var actuator = KubernetesFixture.Create(server);
        server.PageLimit = 3;
        server.Inject(new ApiFault { Query = "continue=3", Status = 410, Times = 1 });

        Assert.That((await actuator.ReadAsync(CancellationToken.None)).Decode!.Ready, Is.EqualTo(7));
    }

    [Test]
    public async Task More_pods_than_allowed_are_an_error_and_not_a_part_of_the_truth()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 7);
        using var actuator = KubernetesFixture.Create(server, options => options.MaxPods = 6);

        await Assert.ThatAsync(async () => await actuator.ReadAsync(CancellationToken.None), Throws.TypeOf<KubernetesApiException>().With.Message.Contains("more than 6 pods"));
    }

    [Test]
    public async Task More_replicas_than_pods_are_allowed_are_an_error_before_any_pod_is_there()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 2);
        using var actuator = KubernetesFixture.Create(server, options => (options.MaxPods, options.Decode!.PodsPerReplica) = (10, 1000));

        await Assert.ThatAsync(async () => await actuator.ReadAsync(CancellationToken.None), Throws.TypeOf<KubernetesApiException>().With.Message.Contains("2 replicas of Decode").And.Message.Contains("more than 10 pods"));
    }

    private static void Label(FakeApiServer server, string pod, string label, string value) => server.ChangePod(pod, json => json["metadata"]!["labels"]![label] = value);
}
