using Microsoft.Extensions.Options;
using PlannerHost.Kubernetes;
using PowerPlanner.Control;
using PowerPlanner.Hosting;

namespace PlannerHost.Hosting;

/// <summary>One deployment of this host.</summary>
internal sealed class HostedDeployment(IServiceProvider services, string name)
{
    public string Name => name;

    /// <summary>Its controller. Asked for once the host has begun to start: it reads tables.</summary>
    public PowerPlannerController Controller => services.GetRequiredKeyedService<PowerPlannerController>(name);

    /// <summary>Whether this host may act for it now.</summary>
    public bool IsLeader => services.GetRequiredKeyedService<ILeadership>(name).IsLeader;

    /// <summary>Its options as they are now.</summary>
    public PowerPlannerOptions Options => services.GetRequiredService<IOptionsMonitor<PowerPlannerOptions>>()
        .Get(OptionsNameOf(name));

    /// <summary>The name under which the options of a deployment are registered.</summary>
    public static string OptionsNameOf(string name) => name == PowerPlannerServiceCollectionExtensions.DefaultName ? Microsoft.Extensions.Options.Options.DefaultName : name;
}
