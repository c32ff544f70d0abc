using PlannerHost.Frontends;
using PlannerHost.Kubernetes;
using PlannerHost.Nvml;
using PlannerHost.Prometheus;

namespace PlannerHost.Hosting;

/// <summary>What a section <c>Deployments:NAME</c> says beside the planner's own options. Read once, before anything is made of it.</summary>
internal sealed class DeploymentSettings
{
    private DeploymentSettings(string name, IConfigurationSection section)
    {
        Name = name;
        Section = section;
    }

    /// <summary>Name of the deployment.</summary>
    public string Name { get; }

    /// <summary>The section itself.</summary>
    public IConfigurationSection Section { get; }

    /// <summary>The adapter of caps and replicas.</summary>
    public string Adapter => Section["Adapter"] ?? FleetAdapters.None;

    /// <summary>Whether the deployment only advises. A value that is none stops the start elsewhere: the planner reads it too.</summary>
    public bool IsAdvisory => bool.TryParse(Section["Planner:advisory"], out var advisory) && advisory;

    /// <summary>Where it is observed.</summary>
    public PrometheusOptions Prometheus { get; } = new();

    /// <summary>Its frontends.</summary>
    public FrontendOptions Frontends { get; } = new();

    /// <summary>Where it runs in Kubernetes.</summary>
    public KubernetesOptions Kubernetes { get; } = new();

    /// <summary>Its lease.</summary>
    public LeaderLeaseOptions Lease { get; } = new();

    /// <summary>Its GPUs on this machine.</summary>
    public NvmlOptions Nvml { get; } = new();

    /// <summary>Whether other hosts may act for it too, so that a lease decides: in Kubernetes by default, elsewhere where one is configured.</summary>
    public bool HasLease => Lease.Enabled && (Adapter == FleetAdapters.Kubernetes || Section.GetSection("Lease").Exists());

    /// <summary>How long a write may be under way after its command was answered or abandoned, s.</summary>
    public double LongestWriteSeconds => Math.Max(
        Adapter == FleetAdapters.Kubernetes ? Kubernetes.RequestTimeoutSeconds : Adapter == FleetAdapters.Nvml ? Nvml.TimeoutSeconds : 0,
        HasFrontends ? Frontends.TimeoutSeconds : 0);

    /// <summary>Whether this host writes thresholds.</summary>
    public bool HasFrontends => Frontends.Endpoints.Count > 0 || (Adapter == FleetAdapters.Kubernetes && Kubernetes.Frontends is not null);

    /// <summary>Reads the section of a deployment.</summary>
    /// <param name="configuration">The whole configuration: what all deployments share of Prometheus, its address above all, stands once beside them.</param>
    /// <param name="name">The deployment's name.</param>
    /// <exception cref="InvalidOperationException">A key that nobody reads, or values that cannot be; the message says where.</exception>
    public static DeploymentSettings Read(IConfiguration configuration, string name)
    {
        var section = configuration.GetSection("Deployments").GetSection(name);
        StrictSection.AllowOnly(section, "Adapter", "Planner", nameof(Prometheus), nameof(Frontends), nameof(Kubernetes), nameof(Lease), nameof(Nvml));
        var settings = new DeploymentSettings(name, section);
        StrictSection.Read(settings.Prometheus, configuration.GetSection(nameof(Prometheus)));
        StrictSection.Read(settings.Prometheus, section.GetSection(nameof(Prometheus)));
        StrictSection.Read(settings.Frontends, section.GetSection(nameof(Frontends)));
        StrictSection.Read(settings.Kubernetes, section.GetSection(nameof(Kubernetes)));
        StrictSection.Read(settings.Nvml, section.GetSection(nameof(Nvml)));
        settings.Lease.Namespace = settings.Kubernetes.Namespace;
        settings.Lease.Name = $"power-planner-{name}";
        StrictSection.Read(settings.Lease, section.GetSection(nameof(Lease)));
        if (settings.Violations().ToList() is { Count: > 0 } violations)
        {
            throw new InvalidOperationException(string.Join(" ", violations.Select(violation => $"Deployments:{name}:{violation}")));
        }

        return settings;
    }

    private IEnumerable<string> Violations()
    {
        var violations = Prometheus.Violations().Select(violation => $"Prometheus:{violation}.")
            .Concat(Frontends.Violations().Select(violation => $"Frontends:{violation}."));
        if (Adapter == FleetAdapters.Kubernetes)
        {
            violations = violations.Concat(Kubernetes.Violations());
            if (Kubernetes.CapReadBack == CapReadBack.Metric && Prometheus.Names.PowerLimitWatts.Length == 0)
            {
                violations = violations.Append("Kubernetes:CapReadBack is Metric, and Prometheus:Names:PowerLimitWatts names none.");
            }
        }
        else if (Adapter == FleetAdapters.Nvml)
        {
            violations = violations.Concat(Nvml.Violations());
        }

        if (HasFrontends && string.IsNullOrWhiteSpace(Frontends.Model))
        {
            violations = violations.Append("Frontends:Model: missing; frontends keep thresholds by model.");
        }

        return HasLease && !IsAdvisory ? violations.Concat(Lease.Violations(LongestWriteSeconds)) : violations;
    }
}
