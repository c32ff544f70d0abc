using PowerPlanner.Testing.Scenarios;

namespace PowerPlanner.Cli.Simulate.Scenarios;

/// <summary>Finds the scenarios that the command line names: all, one of the catalog, or a file.</summary>
internal static class ScenarioSelection
{
    /// <exception cref="BadInputException">There is neither such a scenario nor such a file.</exception>
    /// <exception cref="Hosting.InvalidOptionsException">The file is no scenario.</exception>
    public static async Task<IReadOnlyList<Scenario>> FindAsync(string named, CancellationToken cancellationToken)
    {
        if (named.Equals("all", StringComparison.OrdinalIgnoreCase))
        {
            return ScenarioCatalog.All;
        }

        if (ScenarioCatalog.Find(named) is { } scenario)
        {
            return [scenario];
        }

        if (!Path.Exists(named) && Path.GetExtension(named).Length == 0)
        {
            throw new BadInputException($"--scenario: {named}: neither a scenario nor a file; allowed: all, a JSON file, {string.Join(", ", ScenarioCatalog.All.Select(known => known.Name))}");
        }

        return [ScenarioFile.Parse(await InputFile.ReadAsync("--scenario", named, cancellationToken), named)];
    }
}
