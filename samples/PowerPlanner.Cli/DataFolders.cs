using PowerPlanner.Hosting;

namespace PowerPlanner.Cli;

/// <summary>Where AIC's tables and the models' configurations lie.</summary>
/// <param name="Systems">AIC's <c>systems</c> folder; null where none is named.</param>
/// <param name="Models">The folder of model configurations; null where none is named and there are no systems.</param>
internal sealed record DataFolders(string? Systems, string? Models)
{
    /// <summary>The options, else the environment, else the systems folder's sibling.</summary>
    public static DataFolders Resolve(string? systems, string? models)
    {
        systems ??= FromEnvironment("AIC_SYSTEMS_DIR");
        models ??= FromEnvironment("AIC_MODELS_DIR") ?? (systems is null ? null : Path.Combine(systems, "..", "model_configs"));
        return new DataFolders(systems, models);
    }

    /// <summary>Stops where AIC's tables are needed and there are none.</summary>
    /// <exception cref="BadInputException">No systems folder is named, or it does not exist.</exception>
    public void RequireSystems()
    {
        if (Systems is null)
        {
            throw new BadInputException("--systems: missing; allowed: AIC's systems folder, here or in the environment variable AIC_SYSTEMS_DIR");
        }

        if (!Directory.Exists(Systems))
        {
            throw new BadInputException($"{Systems}: --systems: does not exist; allowed: AIC's systems folder");
        }
    }

    /// <summary>Opens what the folders hold; paths inside a file start from the file's own folder.</summary>
    public AicCatalog Catalog(string? file) => new(Systems, Models, FolderOf(file));

    /// <summary>Builds performance models from the folders; paths inside a file start from the file's own folder.</summary>
    public PerformanceModelBuilder Builder(string file) => new(Catalog(file), FolderOf(file));

    private static string? FolderOf(string? file) => file is null ? null : Path.GetDirectoryName(file);

    private static string? FromEnvironment(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
