using PlannerHost.Kubernetes;

namespace PlannerHost.Tests.Kubernetes;

/// <summary>A fake cluster with a prefill and a decode role, and actuators on it.</summary>
internal static class KubernetesFixture
{
    public static KubernetesOptions Options(Action<KubernetesOptions>? change = null)
    {
        var options = new KubernetesOptions
        {
            Namespace = FakeApiServer.Namespace,
            Prefill = new KubernetesRoleOptions { LabelSelector = "app=llm,component=prefill", Name = "llm-prefill", MinCapWatts = 200, MaxCapWatts = 700 },
            Decode = new KubernetesRoleOptions { LabelSelector = "app=llm,component=decode", Group = "nvidia.com", Version = "v1alpha1", Plural = "dynamocomponentdeployments", Name = "llm-decode", MinCapWatts = 200, MaxCapWatts = 700 },
            FirstBackoffMs = 1,

            // By the real clock, which no test waits for; those that do use a clock of their own.
            RequestTimeoutSeconds = 60,
        };
        change?.Invoke(options);
        return options;
    }

    public static async Task<FakeApiServer> StartAsync(int prefill = 1, int decode = 2)
    {
        var server = await FakeApiServer.StartAsync();
        server.AddScale("deployments", "llm-prefill", prefill, ("app", "llm"), ("component", "prefill"));
        server.AddScale("dynamocomponentdeployments", "llm-decode", decode, ("app", "llm"), ("component", "decode"));
        return server;
    }

    public static KubernetesActuator Create(FakeApiServer server, Action<KubernetesOptions>? change = null, ILeadership? leadership = null, TimeProvider? time = null, IPodCapReader? caps = null) =>
        new(server.CreateClient(), Options(change), leadership ?? SoleLeadership.Instance, time ?? TimeProvider.System, caps);

    public static IReadOnlyList<string> Pods(this FakeApiServer server, string role) => [.. server.PodNames.Where(name => name.StartsWith($"llm-{role}-", StringComparison.Ordinal))];
}
