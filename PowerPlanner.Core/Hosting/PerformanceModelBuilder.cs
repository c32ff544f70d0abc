using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Performance.Profiled;
using PowerPlanner.Performance.Roofline;

namespace PowerPlanner.Hosting;

/// <summary>
/// Builds the performance model that <see cref="PerformanceOptions"/> pick, for one engine layout. What was built is kept: engines that
/// share source and layout share the model. Not thread-safe.
/// </summary>
public sealed class PerformanceModelBuilder
{
    private readonly AicCatalog _catalog;
    private readonly string _baseDirectory;
    private readonly Dictionary<(string System, string Backend, string Version, string Model, AicEstimationMode Mode, EngineLayout Layout), AicPerformanceModel> _aicModels = [];

    /// <summary>Creates a builder.</summary>
    /// <param name="catalog">Where AIC's tables and model configurations come from; null where none are needed.</param>
    /// <param name="baseDirectory">Folder that relative paths of CSV files start from; null: the current folder.</param>
    public PerformanceModelBuilder(AicCatalog? catalog = null, string? baseDirectory = null)
    {
        _catalog = catalog ?? new AicCatalog(null, null);
        _baseDirectory = baseDirectory ?? string.Empty;
    }

    /// <summary>Builds a model.</summary>
    /// <param name="performance">Which model; copied, so that later changes have no effect.</param>
    /// <param name="layout">The engine's layout.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidOptionsException">The options are invalid.</exception>
    /// <exception cref="PerformanceException">
    /// A file, a name or a layout does not exist (<see cref="UnknownSystemException"/>, <see cref="UnknownModelException"/>,
    /// <see cref="InvalidLayoutException"/>, <see cref="PerformanceFileException"/>), or the tables have nothing for this engine
    /// (<see cref="NoPerformanceDataException"/>, <see cref="MissingHardwareRateException"/>).
    /// </exception>
    public async ValueTask<IPerformanceModel> BuildAsync(PerformanceOptions performance, EngineLayout layout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var violations = PowerPlannerOptionsValidator.FindAll(performance);
        if (!violations.IsEmpty)
        {
            throw new InvalidOptionsException("performance options", violations);
        }

        return performance.Kind switch
        {
            PerformanceKind.Fixed => new FixedPerformanceModel(
                performance.TtftMs!.Value, performance.ItlMs!.Value, performance.MaxKvTokens!.Value, performance.PrefillPowerW, performance.DecodePowerW),
            PerformanceKind.Table => new TablePerformanceModel(
                performance.Prefill!.Select(point => new TablePrefillPoint(point.TtftMs, point.PowerW, point.CapWatts)),
                performance.Decode!.Select(point => new TableDecodePoint(point.Batch, point.ItlMs, point.PowerW, point.CapWatts)),
                performance.MaxKvTokens!.Value),
            PerformanceKind.Aic => await AicAsync(performance, layout, cancellationToken).ConfigureAwait(false),
            PerformanceKind.Roofline => await RooflineAsync(performance, layout, cancellationToken).ConfigureAwait(false),
            _ => await ProfiledPerformanceModel.LoadAsync(
                Path.Combine(_baseDirectory, performance.PrefillCsv!),
                Path.Combine(_baseDirectory, performance.DecodeCsv!),
                performance.MaxKvTokens!.Value,
                cancellationToken: cancellationToken).ConfigureAwait(false),
        };
    }

    private async ValueTask<RooflinePerformanceModel> RooflineAsync(PerformanceOptions performance, EngineLayout layout, CancellationToken cancellationToken)
    {
        var gpu = GpuDataSheets.Named(performance.Gpu!);
        var shape = TransformerShapes.All.FirstOrDefault(known => known.Name == performance.Model);
        if (shape is null && !_catalog.CanFindModels)
        {
            // Says which shapes are built in.
            shape = TransformerShapes.Named(performance.Model!);
        }

        shape ??= RooflineShape.Of(performance.Model!, await _catalog.ModelAsync(performance.Model!, cancellationToken).ConfigureAwait(false));
        return new RooflinePerformanceModel(shape, gpu, layout);
    }

    private async ValueTask<AicPerformanceModel> AicAsync(PerformanceOptions performance, EngineLayout layout, CancellationToken cancellationToken)
    {
        var mode = performance.EstimationMode ?? AicEstimationMode.Silicon;
        var key = (performance.System!, performance.Backend!, performance.Version!, performance.Model!, mode, layout);
        if (!_aicModels.TryGetValue(key, out var model))
        {
            var database = await _catalog.DatabaseAsync(performance.System!, performance.Backend!, performance.Version!, cancellationToken).ConfigureAwait(false);
            var configuration = await _catalog.ModelAsync(performance.Model!, cancellationToken).ConfigureAwait(false);
            var options = new AicEngineOptions { EstimationMode = mode };
            model = new AicPerformanceModel(await AicEngine.LoadAsync(database, configuration, layout, options, cancellationToken).ConfigureAwait(false));
            _aicModels.Add(key, model);
        }

        return model;
    }
}
