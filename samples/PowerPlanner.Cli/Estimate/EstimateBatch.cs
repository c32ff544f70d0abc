using PowerPlanner.Hosting;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Cli.Estimate;

/// <summary>Answers queries engine by engine, so that the tables of each are read once and only one engine is held at a time.</summary>
internal sealed class EstimateBatch(AicCatalog catalog)
{
    // AIC's own estimates size the KV cache with 0.9 of the memory on every backend and version; its answers are what this command is
    // compared with. Plans use the fraction that the backend starts with (specification 7).
    private const double AicMemoryFraction = 0.9;

    /// <summary>All answers in the order of the queries.</summary>
    /// <exception cref="PerformanceFileException">A file of tables or of a model is damaged.</exception>
    public async Task<EstimateOutput[]> AnswerAsync(IReadOnlyList<EstimateQuery> queries, CancellationToken cancellationToken)
    {
        var answers = new EstimateOutput[queries.Count];
        foreach (var group in Enumerable.Range(0, queries.Count).GroupBy(index => queries[index].Engine))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (engine, failure) = await OpenAsync(group.Key, cancellationToken);
            foreach (var index in group)
            {
                answers[index] = engine is null ? Failed(queries[index], failure!) : Answer(engine, queries[index]);
            }
        }

        return answers;
    }

    private async Task<(AicEngine? Engine, Exception? Failure)> OpenAsync(EngineKey key, CancellationToken cancellationToken)
    {
        try
        {
            var layout = key.Layout();
            var database = await catalog.DatabaseAsync(key.System, key.Backend, key.Version, cancellationToken);
            var model = await catalog.ModelAsync(key.Model, cancellationToken);
            return (await AicEngine.LoadAsync(database, model, layout, Options(key.Mode), cancellationToken), null);
        }
        catch (Exception exception) when (IsQuerysOwn(exception))
        {
            return (null, exception);
        }
    }

    private static AicEngineOptions Options(AicEstimationMode mode) => new() { EstimationMode = mode, MemoryFraction = AicMemoryFraction };

    private static EstimateOutput Answer(AicEngine engine, EstimateQuery query)
    {
        try
        {
            var batch = Size(query.Batch, "batch");
            var isl = Size(query.Isl, "isl");
            var osl = Size(query.Osl, "osl");
            var prefix = Size(query.Prefix, "prefix");
            var stride = Size(query.Stride, "stride");
            var context = engine.EstimateContext(batch, isl, prefix);
            var generation = engine.EstimateGeneration(batch, isl, osl, stride);
            var joules = context.JoulesPerSequence(engine.Layout, batch) + generation.JoulesPerSequence(engine.Layout, batch);
            return new EstimateOutput
            {
                Id = query.Id,
                Mode = EstimationModeNames.NameOf(query.Engine.Mode),
                ContextSource = EstimateOutput.SourceName(context.Provenance),
                GenerationSource = generation.LatencyMs > 0 ? EstimateOutput.SourceName(generation.Provenance) : null,
                ContextMs = context.LatencyMs,
                GenerationMs = generation.LatencyMs,
                ContextEnergyMj = context.EnergyMillijoules,
                GenerationEnergyMj = generation.EnergyMillijoules,
                ContextPowerW = context.PowerWatts,
                GenerationPowerW = generation.PowerWatts,
                ContextPowerCoverage = context.PowerCoverage,
                GenerationPowerCoverage = generation.PowerCoverage,
                ContextActivePowerW = context.ActivePowerWatts,
                GenerationActivePowerW = generation.ActivePowerWatts,
                JoulesPerRequest = joules,
                JoulesPerToken = joules / ((long)isl + osl),
                MaxKvTokens = engine.MaximumKvTokens(Size(query.MaxNumTokens, "maxNumTokens")),
                Operations = !query.Operations ? null :
                [
                    .. engine.ContextOperations(batch, isl, prefix).Select(operation => EstimateOutput.OperationFields.Of("context", operation)),
                    .. engine.GenerationOperations(batch, isl, osl, stride).Select(operation => EstimateOutput.OperationFields.Of("generation", operation)),
                ],
            };
        }
        catch (Exception exception) when (IsQuerysOwn(exception))
        {
            return Failed(query, exception);
        }
    }

    private static EstimateOutput Failed(EstimateQuery query, Exception exception) =>
        new() { Id = query.Id, Mode = EstimationModeNames.NameOf(query.Engine.Mode), Error = new EstimateOutput.ErrorFields(TypeOf(exception), exception.Message.ReplaceLineEndings(" ")) };

    // A damaged file is nobody's query: it ends the run.
    private static bool IsQuerysOwn(Exception exception) => exception is ArgumentOutOfRangeException or PerformanceException and not PerformanceFileException;

    private static string TypeOf(Exception exception) => exception switch
    {
        NoPerformanceDataException => "NoData",
        InvalidLayoutException => "InvalidLayout",
        MissingHardwareRateException => "MissingHardwareRate",
        UnknownModelException => "UnknownModel",
        UnknownSystemException => "UnknownSystem",
        InsufficientMemoryForModelException => "OutOfMemory",
        _ => "InvalidQuery",
    };

    private static int Size(long value, string field) => value is >= int.MinValue and <= int.MaxValue
        ? (int)value
        : throw new ArgumentOutOfRangeException(field, FormattableString.Invariant($"{field} is {value}; it must be at most {int.MaxValue}."));
}
