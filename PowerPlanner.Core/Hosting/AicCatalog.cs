using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Hosting;

/// <summary>
/// AIC's folders, and what has been opened of them: each database and each model configuration is opened once and kept. Not thread-safe.
/// </summary>
public sealed class AicCatalog
{
    private readonly string? _systemsDirectory;
    private readonly string? _modelsDirectory;
    private readonly string _baseDirectory;
    private readonly Dictionary<(string System, string Backend, string Version), AicDatabase> _databases = [];
    private readonly Dictionary<string, ModelConfiguration> _models = new(StringComparer.Ordinal);

    /// <summary>Names the folders; nothing is read yet.</summary>
    /// <param name="systemsDirectory">AIC's <c>systems</c> folder; null where there is none, and then no database can be opened.</param>
    /// <param name="modelsDirectory">Folder of configurations named <c>Org--Name_config.json</c>; null where there is none.</param>
    /// <param name="baseDirectory">Folder that relative paths of configurations start from; null: the current folder.</param>
    public AicCatalog(string? systemsDirectory, string? modelsDirectory, string? baseDirectory = null)
    {
        _systemsDirectory = systemsDirectory;
        _modelsDirectory = modelsDirectory;
        _baseDirectory = baseDirectory ?? string.Empty;
    }

    internal bool CanFindModels => _modelsDirectory is not null;

    /// <summary>Opens the tables of a system, a backend and a version.</summary>
    /// <param name="system">AIC's name of the GPU system, e.g. <c>h200_sxm</c>.</param>
    /// <param name="backend"><c>vllm</c>, <c>sglang</c> or <c>trtllm</c>.</param>
    /// <param name="version">A version of the backend, e.g. <c>0.22.0</c>.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="UnknownSystemException">No such system, backend or version, or no systems folder.</exception>
    /// <exception cref="PerformanceFileException">A file is damaged or incomplete.</exception>
    public async ValueTask<AicDatabase> DatabaseAsync(string system, string backend, string version, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(version);
        var key = (system, backend, version);
        if (!_databases.TryGetValue(key, out var database))
        {
            if (_systemsDirectory is null)
            {
                throw new UnknownSystemException($"System '{system}' cannot be looked up: no folder of AIC's systems is named.");
            }

            database = await AicDatabase.OpenAsync(_systemsDirectory, system, AicBackendNames.Parse(backend), version, cancellationToken).ConfigureAwait(false);
            _databases.Add(key, database);
        }

        return database;
    }

    /// <summary>Reads the configuration of a model.</summary>
    /// <param name="model">
    /// Its id (<c>Qwen/Qwen3-32B</c>), looked up in the models folder; or a path: absolute, beginning with a dot, or ending in <c>.json</c>.
    /// </param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="UnknownModelException">No such model or file, no models folder, or an architecture that is not known.</exception>
    /// <exception cref="PerformanceFileException">The file is damaged, or has a value that is not allowed.</exception>
    public async ValueTask<ModelConfiguration> ModelAsync(string model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!_models.TryGetValue(model, out var configuration))
        {
            configuration = await ReadModelAsync(model, cancellationToken).ConfigureAwait(false);
            _models.Add(model, configuration);
        }

        return configuration;
    }

    private ValueTask<ModelConfiguration> ReadModelAsync(string model, CancellationToken cancellationToken)
    {
        if (IsPath(model))
        {
            var path = Path.Combine(_baseDirectory, model);
            return Path.Exists(path)
                ? ModelConfiguration.LoadAsync(path, cancellationToken)
                : throw new UnknownModelException($"Model '{model}' has no configuration: {path} does not exist.");
        }

        return _modelsDirectory is null
            ? throw new UnknownModelException($"Model '{model}' cannot be looked up: no folder of model configurations is named.")
            : ModelConfiguration.FindAsync(_modelsDirectory, model, cancellationToken);
    }

    private static bool IsPath(string model) =>
        Path.IsPathRooted(model) || model.StartsWith('.') || model.EndsWith(".json", StringComparison.Ordinal);
}
