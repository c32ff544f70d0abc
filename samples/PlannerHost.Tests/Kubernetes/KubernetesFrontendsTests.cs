using System.Text.Json.Nodes;
using PlannerHost.Frontends;
using PlannerHost.Kubernetes;

namespace PlannerHost.Tests.Kubernetes;

internal sealed class KubernetesFrontendsTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["component"] = "frontend" };

    [Test]
    public async Task A_frontend_is_found_by_its_named_port()
    {
        await using var server = await FakeApiServer.StartAsync();
        server.AddPod("frontend-b", Labels, ready: true);
        server.AddPod("frontend-a", Labels, ready: true);
        server.AddPod("engine", new Dictionary<string, string> { ["component"] = "decode" }, ready: true);

        var found = await ListAsync(server);

        Assert.That(found.Select(frontend => (frontend.Name, frontend.Address?.ToString())), Is.EqualTo(new[] { ("frontend-a", "http://10.0.0.7:8000/"), ("frontend-b", "http://10.0.0.7:8000/") }));
    }

    [TestCase(9000, "http://10.0.0.7:9000/")]
    [TestCase(null, null)]
    [TestCase(70000, null)]
    public async Task A_pod_that_names_no_such_port_has_the_fallback_or_no_address(int? fallback, string? address)
    {
        await using var server = await FakeApiServer.StartAsync();
        server.AddPod("frontend-a", Labels, ready: true);
        server.ChangePod("frontend-a", pod => pod["spec"]!["containers"]![0]!["ports"] = new JsonArray(new JsonObject { ["name"] = "grpc", ["containerPort"] = 5000 }));

        Assert.That((await ListAsync(server, fallback))[0].Address?.ToString(), Is.EqualTo(address));
    }

    [TestCase("fd00::7", "http://[fd00::7]:8000/")]
    [TestCase("", null)]
    [TestCase("metadata.internal/latest?", null)]
    [TestCase("10.0.0.7@evil", null)]
    public async Task An_address_is_one_or_there_is_none(string podIp, string? address)
    {
        await using var server = await FakeApiServer.StartAsync();
        server.AddPod("frontend-a", Labels, ready: true);
        server.ChangePod("frontend-a", pod => pod["status"]!["podIP"] = podIp);

        Assert.That((await ListAsync(server))[0].Address?.ToString(), Is.EqualTo(address));
    }

    [Test]
    public async Task Frontends_on_their_way_out_and_ended_ones_are_left_out_and_starting_ones_have_no_address()
    {
        await using var server = await FakeApiServer.StartAsync();
        server.AddPod("ended", Labels, ready: true);
        server.ChangePod("ended", pod => pod["status"]!["phase"] = "Failed");
        server.AddPod("leaving", Labels, ready: true);
        server.ChangePod("leaving", pod => pod["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z");
        server.AddPod("starting", Labels, ready: false);

        var found = await ListAsync(server);

        Assert.That(found.Select(frontend => (frontend.Name, frontend.Address)), Is.EqualTo(new[] { ("starting", (Uri?)null) }));
    }

    private static async Task<IReadOnlyList<FrontendEndpoint>> ListAsync(FakeApiServer server, int? fallbackPort = null)
    {
        using var client = server.CreateClient();
        return await new KubernetesFrontends(client, KubernetesFixture.Options(), "component=frontend", "http", fallbackPort, TimeProvider.System).ListAsync(CancellationToken.None);
    }
}
