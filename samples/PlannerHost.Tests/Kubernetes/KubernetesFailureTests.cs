using Microsoft.Extensions.Time.Testing;
using PlannerHost.Kubernetes;
using PowerPlanner.Control;

namespace PlannerHost.Tests.Kubernetes;

/// <summary>What a command has done when the API server fails.</summary>
internal sealed class KubernetesFailureTests
{
    private static readonly SetCapCommand Cap400 = new(FleetRole.Decode, 400, 1);

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
        var time = new FakeTimeProvider();
        using var actuator = KubernetesFixture.Create(server, time: time);
        server.Inject(new ApiFault { Method = "PATCH", ActsFirst = acts });

        var command = actuator.SetCapAsync(Cap400, CancellationToken.None).AsTask();
        await WritingAsync(server);
        time.Advance(TimeSpan.FromSeconds(60));

        await Assert.ThatAsync(() => command, Throws.TypeOf<TimeoutException>().With.Message.Contains("60 s"));
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
        var time = new FakeTimeProvider();
        using var actuator = KubernetesFixture.Create(server, time: time);
        server.Inject(new ApiFault { Method = "GET" });

        await Assert.ThatAsync(() => TimedOutAsync(actuator.SetCapAsync(Cap400, CancellationToken.None).AsTask()), Throws.TypeOf<CommandRefusedException>());
        await Assert.ThatAsync(() => TimedOutAsync(actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 3, 2), CancellationToken.None).AsTask()), Throws.TypeOf<CommandRefusedException>());
        await Assert.ThatAsync(() => TimedOutAsync(actuator.ReadAsync(CancellationToken.None).AsTask()), Throws.TypeOf<TimeoutException>());

        // The limit stands when the call has returned to us: it is set before anything is awaited.
        Task TimedOutAsync(Task call)
        {
            time.Advance(TimeSpan.FromSeconds(60));
            return call;
        }
    }

    [Test]
    public async Task A_pod_that_has_gone_meanwhile_fails_nothing()
    {
        await using var server = await KubernetesFixture.StartAsync(decode: 3);
        using var actuator = KubernetesFixture.Create(server);
        server.Inject(new ApiFault { Method = "PATCH", Path = server.Pods("decode")[1], Status = 404, Times = 1 });

        await Assert.ThatAsync(async () => await actuator.SetCapAsync(Cap400, CancellationToken.None), Throws.Nothing);
    }

    private static async Task WritingAsync(FakeApiServer server)
    {
        while (!server.Writes.Any())
        {
            await Task.Yield();
        }
    }
}
