using PowerPlanner.Control;

namespace PlannerHost.Hosting;

/// <summary>Makes the actuator of a deployment's caps and replicas. Registered under the name by which a deployment's <c>Adapter</c> picks it.</summary>
/// <param name="services">The host's services.</param>
/// <param name="deployment">Name of the deployment.</param>
/// <param name="section">The deployment's configuration, from which the adapter reads its own part.</param>
internal delegate IActuator FleetAdapterFactory(IServiceProvider services, string deployment, IConfigurationSection section);
