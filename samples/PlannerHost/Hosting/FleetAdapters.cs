using k8s;
using PlannerHost.Kubernetes;
using PlannerHost.Nvml;
using PowerPlanner.Control;

namespace PlannerHost.Hosting;

/// <summary>The adapters that a deployment can name: <c>none</c>, <c>kubernetes</c>, <c>nvml</c>.</summary>
internal static class FleetAdapters
{
    public const string None = "none";
    public const string Kubernetes = "kubernetes";
    public const string Nvml = "nvml";

    /// <summary>Registers them. Others can be registered beside them, under names of their own.</summary>
    public static void AddFleetAdapters(this IServiceCollection services)
    {
        services.AddKeyedSingleton<FleetAdapterFactory>(None, (_, _) => (_, _, _) => new UnseenFleet());
        services.AddKeyedSingleton<FleetAdapterFactory>(Kubernetes, (_, _) => (provider, deployment, _) => provider.GetRequiredKeyedService<KubernetesActuator>(deployment));
        services.AddKeyedSingleton<FleetAdapterFactory>(Nvml, (_, _) => (provider, deployment, _) => CreateNvml(provider.GetRequiredKeyedService<DeploymentSettings>(deployment), provider.GetRequiredService<TimeProvider>()));
    }

    /// <summary>Registers what a deployment in Kubernetes consists of: its actuator, the watch on its pods, and its frontends.</summary>
    public static void AddKubernetes(this IServiceCollection services, DeploymentSettings settings)
    {
        var name = settings.Name;
        var options = settings.Kubernetes;
        if (options.CapReadBack == CapReadBack.Metric)
        {
            services.AddKeyedSingleton<IPodCapReader>(name, (provider, _) => new PrometheusPodCaps(settings.Prometheus, provider.GetRequiredService<TimeProvider>()));
        }

        services.AddKeyedSingleton(name, (provider, _) => new KubernetesActuator(
            provider.GetRequiredService<IKubernetes>(),
            options,
            provider.GetRequiredKeyedService<ILeadership>(name),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetKeyedService<IPodCapReader>(name),
            provider.GetRequiredService<ILogger<KubernetesActuator>>()));
        if (options.Frontends is { } frontends)
        {
            services.AddKeyedSingleton<PlannerHost.Frontends.IFrontendDirectory>(name, (provider, _) => new KubernetesFrontends(
                provider.GetRequiredService<IKubernetes>(), options, frontends.LabelSelector, frontends.PortName, frontends.Port, provider.GetRequiredService<TimeProvider>()));
        }

        // A host that advises gives nobody a cap. Not AddHostedService, which takes each type but once.
        if (!settings.IsAdvisory)
        {
            services.AddSingleton<IHostedService>(provider => new NewPodWatch(
                provider.GetRequiredService<IKubernetes>(),
                options,
                provider.GetRequiredKeyedService<KubernetesActuator>(name),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<NewPodWatch>>()));
        }
    }

    /// <summary>Registers the lease of a deployment, or what stands for one.</summary>
    public static void AddLeadership(this IServiceCollection services, DeploymentSettings settings)
    {
        var name = settings.Name;
        if (settings.IsAdvisory)
        {
            services.AddKeyedSingleton<ILeadership>(name, NoLeadership.Instance);
            return;
        }

        if (!settings.HasLease)
        {
            services.AddKeyedSingleton<ILeadership>(name, SoleLeadership.Instance);
            return;
        }

        services.AddKeyedSingleton(name, (provider, _) => new LeaderLease(
            provider.GetRequiredService<IKubernetes>(),
            settings.Lease,
            identity: null,
            settings.LongestWriteSeconds,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<LeaderLease>>()));
        services.AddKeyedSingleton<ILeadership>(name, (provider, _) => provider.GetRequiredKeyedService<LeaderLease>(name));
        services.AddSingleton<IHostedService>(provider => new LeaderLeaseService(provider.GetRequiredKeyedService<LeaderLease>(name)));
    }

    private static NvmlActuator CreateNvml(DeploymentSettings settings, TimeProvider time)
    {
        var options = settings.Nvml;
        var roles = new Dictionary<FleetRole, NvmlRoleOptions?> { [FleetRole.Prefill] = options.Prefill, [FleetRole.Decode] = options.Decode, [FleetRole.Aggregated] = options.Aggregated };
        var session = NvmlSession.Open(options.LibraryPath);
        var writers = new Dictionary<FleetRole, NvmlCapWriter>();
        var replicas = new Dictionary<FleetRole, (int, int)>();
        foreach (var (role, gpus) in roles)
        {
            if (gpus is not null)
            {
                writers.Add(role, new NvmlCapWriter(session, gpus.Gpus));
                replicas.Add(role, (gpus.Replicas, gpus.GpusPerReplica));
            }
        }

        return new NvmlActuator(new FixedReplicas(replicas), writers, TimeSpan.FromSeconds(options.TimeoutSeconds), time);
    }
}
