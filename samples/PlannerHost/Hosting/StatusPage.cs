using System.Text.Json.Serialization;
using PowerPlanner.Control;

namespace PlannerHost.Hosting;

/// <summary>The status page: what each controller thinks, wants and has done.</summary>
/// <param name="Time">When the page was made.</param>
/// <param name="Deployments">One entry a deployment, in the order of the configuration.</param>
internal sealed record StatusPage(DateTimeOffset Time, IReadOnlyList<DeploymentStatus> Deployments);

/// <summary>One deployment on the status page: state, plan, ledger and reasons stand in <paramref name="Status"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsAdvisory">Whether it only advises.</param>
/// <param name="IsLeader">Whether this host may act for it: false for one that advises, and for one that another host leads.</param>
/// <param name="SecondsSinceTick">Age of the status, s.</param>
/// <param name="Status">The controller's status after its last tick.</param>
internal sealed record DeploymentStatus(string Name, bool IsAdvisory, bool IsLeader, double SecondsSinceTick, ControllerStatus Status);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    WriteIndented = true)]
[JsonSerializable(typeof(StatusPage))]
internal sealed partial class StatusPageContext : JsonSerializerContext;
