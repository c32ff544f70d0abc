using System.Globalization;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using PlannerHost.Kubernetes;
using PowerPlanner.Control;

namespace PlannerHost.Tests.Kubernetes;

internal sealed class RbacManifestTests
{
    [Test]
    [CancelAfter(240_000)]
    public async Task The_role_allows_what_the_host_does_and_nothing_else(CancellationToken cancellationToken)
    {
        await using var server = await KubernetesFixture.StartAsync();
        using var client = server.CreateClient();
        using var actuator = KubernetesFixture.Create(server);
        using var lease = new LeaderLease(client, new LeaderLeaseOptions { Namespace = FakeApiServer.Namespace, Name = "power-planner-llm" }, "a", 5, TimeProvider.System, NullLogger<LeaderLease>.Instance);
        using var watch = new NewPodWatch(client, KubernetesFixture.Options(), actuator, TimeProvider.System, NullLogger<NewPodWatch>.Instance);
        await lease.TryOnceAsync(cancellationToken);
        await lease.TryOnceAsync(cancellationToken);
        await watch.StartAsync(cancellationToken);
        await actuator.SetCapAsync(new SetCapCommand(FleetRole.Decode, 400, 1), cancellationToken);
        await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Decode, 3, 2), cancellationToken);
        await actuator.SetReplicasAsync(new SetReplicasCommand(FleetRole.Prefill, 3, 3), cancellationToken);
        while (!server.Requests.Any(request => request.Contains("watch=true", StringComparison.Ordinal)))
        {
            await Task.Yield();
        }

        await watch.StopAsync(cancellationToken);

        Assert.That(server.Requests.Select(Permission).Distinct().Order(StringComparer.Ordinal), Is.EqualTo(Granted().Order(StringComparer.Ordinal)));
    }

    // verb group/resource[:name], as RBAC sees a request.
    private static string Permission(string request)
    {
        var (method, target) = request.Split(' ') is [var first, var second] ? (first, second) : throw new FormatException(request);
        var path = target.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return path switch
        {
            ["api", _, _, _, "pods"] => target.Contains("watch=true", StringComparison.Ordinal) ? "watch /pods" : "list /pods",
            ["api", _, _, _, "pods", _] => $"{Verb(method)} /pods",
            ["apis", var group, _, _, _, var resource] => $"{(method == "POST" ? "create" : "list")} {group}/{resource}",
            ["apis", var group, _, _, _, var resource, var name] => $"{Verb(method)} {group}/{resource}:{name}",
            ["apis", var group, _, _, _, var resource, var name, var sub] => $"{Verb(method)} {group}/{resource}/{sub}:{name}",
            _ => throw new FormatException(request),
        };
    }

    private static string Verb(string method) => method switch
    {
        "GET" => "get",
        "PUT" => "update",
        "POST" => "create",
        _ => method.ToLower(CultureInfo.InvariantCulture),
    };

    private static IEnumerable<string> Granted()
    {
        var manifest = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "deploy", "rbac.yaml"));
        var role = KubernetesYaml.LoadAllFromString(manifest).OfType<V1Role>().Single();
        return
            from rule in role.Rules
            from verb in rule.Verbs
            from apiGroup in rule.ApiGroups
            from resource in rule.Resources
            from name in rule.ResourceNames ?? [""]
            select $"{verb} {apiGroup}/{resource}{(name.Length > 0 ? ":" : "")}{name}";
    }
}
