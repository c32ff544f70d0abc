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

    [TestCase(400)]
    [TestCase(401)]
    [TestCase(403)]
    [TestCase(422)]
    public async Task A_denied_write_is_refused_and_nothing_has_changed(int status)
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);
        server.Inject(new ApiFault { Method = "PATCH", Status = status });

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(Cap400, CancellationToken.None), Throws.TypeOf<CommandRefusedException>().With.Message.Contains(status.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        await Assert.ThatAsync(async () => await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 5, 2), CancellationToken.None), Throws.TypeOf<CommandRefusedException>());
        server.Heal();
        await actuator.ReadAsync(CancellationToken.None);

        Assert.That(server.Pods("decode").Select(pod => server.Annotation(pod, FakeApiServer.CapAnnotation)), Is.All.Null);
    }

    [Test]
    public async Task A_write_that_is_denied_half_way_is_uncertain()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 3);
        using var actuator = KubernetesFixture.Create(server);
        server.Inject(new ApiFault { Method = "PATCH", Path = server.Pods("decode")[2], Status = 403 });

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(Cap400, CancellationToken.None), Throws.TypeOf<KubernetesApiException>().With.Message.Contains("2 pods and failed on 1"));
    }

    [TestCase("/pods/")]
    [TestCase("/scale")]
    public async Task A_conflict_is_tried_again(string path)
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);
        server.Inject(new ApiFault { Method = "PATCH", Path = path, Status = 409, Times = 2 });

        await actuator.SetCapAsync(Cap400, CancellationToken.None);
        await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 3, 2), CancellationToken.None);

        Assert.That(server.Pods("decode").Count(pod => server.Annotation(pod, FakeApiServer.CapAnnotation) == "400"), Is.GreaterThanOrEqualTo(2));
        Assert.That(server.Replicas("dynamocomponentdeployments", "llm-decode"), Is.EqualTo(3));
    }

    [TestCase(429)]
    [TestCase(500)]
    [TestCase(503)]
    public async Task A_server_in_trouble_is_tried_again(int status)
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);
        server.Inject(new ApiFault { Method = "PATCH", Status = status, RetryAfter = "0", Times = 2 });

        await actuator.SetCapAsync(Cap400, CancellationToken.None);

        Assert.That(server.Pods("decode").Select(pod => server.Annotation(pod, FakeApiServer.CapAnnotation)), Is.All.EqualTo("400"));
    }

    [Test]
    public async Task A_server_that_turns_every_attempt_away_has_refused()
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);
        server.Inject(new ApiFault { Method = "PATCH", Status = 429 });

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(Cap400, CancellationToken.None), Throws.TypeOf<CommandRefusedException>().With.Message.Contains("429"));
        Assert.That(server.Writes.Count(), Is.EqualTo(4));
    }

    [Test]
    public async Task A_long_Retry_After_is_not_waited_for()
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);
        server.Inject(new ApiFault { Method = "PATCH", Status = 429, RetryAfter = "86400" });

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(Cap400, CancellationToken.None), Throws.TypeOf<CommandRefusedException>().With.Message.Contains("86400 s"));
        Assert.That(server.Writes.Count(), Is.EqualTo(1));
    }

    [TestCase("soon")]
    [TestCase("-5")]
    [TestCase("99999999999999999999")]
    public async Task A_Retry_After_that_makes_no_sense_is_passed_over(string hostile)
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);
        server.Inject(new ApiFault { Method = "PATCH", Status = 429, RetryAfter = hostile, Times = 1 });

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(Cap400, CancellationToken.None), Throws.Nothing);
    }

    [Test]
    public async Task A_server_that_keeps_failing_leaves_the_write_uncertain()
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);
        server.Inject(new ApiFault { Method = "PATCH", Status = 500, ActsFirst = true });

        await Assert.ThatAsync(async () => await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 3, 1), CancellationToken.None), Throws.TypeOf<KubernetesApiException>());
        Assert.That(server.Replicas("dynamocomponentdeployments", "llm-decode"), Is.EqualTo(3));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_write_that_hangs_is_uncertain(bool acts)
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server, options => options.RequestTimeoutSeconds = 0.3);
        server.Inject(new ApiFault { Method = "PATCH", ActsFirst = acts });

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(Cap400, CancellationToken.None), Throws.TypeOf<TimeoutException>().With.Message.Contains("0.3 s"));
    }

    [Test]
    public async Task A_connection_that_is_cut_leaves_the_write_uncertain()
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server, options => options.MaxAttempts = 1);
        server.Inject(new ApiFault { Method = "PATCH", Cuts = true, ActsFirst = true });

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(Cap400, CancellationToken.None), Throws.TypeOf<KubernetesApiException>());
    }

    [Test]
    public async Task A_command_to_a_server_that_is_not_there_is_refused()
    {
        var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server);
        await server.DisposeAsync();

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(Cap400, CancellationToken.None), Throws.TypeOf<CommandRefusedException>());
        await Assert.ThatAsync(async () => await actuator.ReadAsync(CancellationToken.None), Throws.TypeOf<KubernetesApiException>());
    }

    [Test]
    public async Task A_command_that_cannot_read_first_is_refused()
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var actuator = KubernetesFixture.Create(server, options => options.RequestTimeoutSeconds = 0.2);
        server.Inject(new ApiFault { Method = "GET" });

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(Cap400, CancellationToken.None), Throws.TypeOf<CommandRefusedException>());
        await Assert.ThatAsync(async () => await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 3, 2), CancellationToken.None), Throws.TypeOf<CommandRefusedException>());
        await Assert.ThatAsync(async () => await actuator.ReadAsync(CancellationToken.None), Throws.TypeOf<TimeoutException>());
    }

    [Test]
    public async Task A_pod_that_has_gone_meanwhile_fails_nothing()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 3);
        using var actuator = KubernetesFixture.Create(server);
        server.Inject(new ApiFault { Method = "PATCH", Path = server.Pods("decode")[1], Status = 404, Times = 1 });

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(Cap400, CancellationToken.None), Throws.Nothing);
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
        caps.Watts[pods[0]] = 400;
        var partly = await actuator.ReadAsync(CancellationToken.None);

        caps.Watts[pods[1]] = 450;
        var fully = await actuator.ReadAsync(CancellationToken.None);

        Assert.That((partly.Decode!.EffectiveCapWatts, fully.Decode!.EffectiveCapWatts), Is.EqualTo(((int?)null, (int?)450)));
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

    private sealed class PodCaps : IPodCapReader
    {
        public Dictionary<string, int> Watts { get; } = [];

        public ValueTask<IReadOnlyDictionary<string, int>> ReadAsync(string podNamespace, CancellationToken cancellationToken) => new(Watts);
    }

    private static void Label(FakeApiServer server, string pod, string label, string value) => server.ChangePod(pod, json => json["metadata"]!["labels"]![label] = value);

    private sealed class Healing(FakeApiServer server) : IDisposable
    {
        public void Dispose() => server.Heal();
    }
}
