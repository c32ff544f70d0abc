using System.Collections.Immutable;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>The scenarios that every version of the controller passes.</summary>
public static class ScenarioCatalog
{
    /// <summary>All of them, by group: A table drift, B actuation, C nodes, D observability, E budget and model, F boundaries, X the rest.</summary>
    public static ImmutableArray<Scenario> All { get; } =
    [
        .. TableDriftScenarios.All,
        .. ActuationScenarios.All,
        .. NodeScenarios.All,
        .. ObservabilityScenarios.All,
        .. BudgetAndModelScenarios.All,
        .. BoundaryScenarios.All,
        .. AdditionalScenarios.All,
    ];

    /// <summary>The scenario of a name, whatever its case; null where there is none.</summary>
    /// <param name="name">The name, such as <c>A3</c>.</param>
    public static Scenario? Find(string name) => All.FirstOrDefault(scenario => scenario.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
