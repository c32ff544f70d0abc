using System.Globalization;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Composition;
using PowerPlanner.Performance.Aic.Memory;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic;

/// <summary>
/// One engine on AIC's tables: a model, served by one backend version on one GPU system in one parallel layout. Answers with AIC's own
/// compositions: static phases, single steps, aggregated and disaggregated serving, memory. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// Batches are sequences per attention rank; energies and powers are of one GPU. Every estimate throws
/// <see cref="NoPerformanceDataException"/> where a table has no answer, <see cref="MissingHardwareRateException"/> where the hardware has
/// no rate for a number format, and <see cref="ArgumentOutOfRangeException"/> for values that no engine can have.
/// </remarks>
public sealed class AicEngine
{
    /// <summary>Decode steps that one look-up stands for in the static composition, unless stated.</summary>
    public const int DefaultStride = 32;

    /// <summary>Most tokens of one step, which activations are sized for, unless stated.</summary>
    public const int DefaultMaxNumTokens = 8192;

    private const int MostDraftTokens = 64;

    // A static generation of more look-ups than this is a mistake that would run for minutes.
    private const long MostLookUps = 1_000_000;

    private readonly EngineSpecification _engine;
    private readonly EngineMemory _memory;
    private readonly EngineSteps _steps;
    private readonly double _progress;
    private readonly AicEstimationMode _mode;

    /// <summary>Puts an engine together from its parts; evaluators other than the compiled one serve tests.</summary>
    internal AicEngine(EngineSpecification engine, OperationLists operations, IStepEvaluator evaluator, AicEngineOptions options, IReadOnlyList<string> warnings)
    {
        _engine = engine;
        _memory = new EngineMemory(engine, operations, options.MemoryFraction);
        _steps = new EngineSteps(evaluator, engine.DraftTokens);
        _progress = 1 + options.AcceptedDraftTokens;
        _mode = options.EstimationMode;
        Warnings = warnings;
    }

    private AicEngine(AicEngine other, string warning)
    {
        _engine = other._engine;
        _memory = other._memory;
        _steps = other._steps;
        _progress = other._progress;
        _mode = other._mode;
        Warnings = [.. other.Warnings, warning];
    }

    /// <summary>Builds the evaluator of an engine's operation lists.</summary>
    internal delegate ValueTask<IStepEvaluator> Compiler(AicDatabase database, OperationLists operations, AicEstimationMode mode, CancellationToken cancellationToken);

    /// <summary>How the engine spreads over GPUs.</summary>
    public EngineLayout Layout => _engine.Layout;

    /// <summary>The backend.</summary>
    public AicBackend Backend => _engine.Backend;

    /// <summary>The backend's version.</summary>
    public string BackendVersion => _engine.BackendVersion;

    /// <summary>The GPU system, e.g. <c>h200_sxm</c>.</summary>
    public string System => _engine.System.Name;

    /// <summary>The model's architecture.</summary>
    public string Architecture => _engine.Model.Architecture;

    /// <summary>Where latencies come from.</summary>
    public AicEstimationMode EstimationMode => _mode;

    /// <summary>Board power of one GPU, W; null where the system file does not state it.</summary>
    public double? NameplateWatts => _engine.System.PowerWatts;

    /// <summary>Number formats of weights, KV cache and attention, by AIC's names.</summary>
    public (string Gemm, string KvCache, string Attention) Formats =>
        (_engine.Quantization.Gemm.Name, _engine.Quantization.KvCache.Name, _engine.Quantization.Attention.Name);

    /// <summary>What is odd about model or layout but usable; empty as a rule.</summary>
    public IReadOnlyList<string> Warnings { get; }

    internal EngineSpecification Specification => _engine;

    internal EngineSteps Steps => _steps;

    internal double Progress => _progress;

    internal AicEngine WithWarning(string warning) => new(this, warning);

    /// <summary>
    /// Builds an engine: reads what it needs from the tables and compiles it to flat arrays. <see cref="AicSnapshot"/> saves most of the time of
    /// the next build.
    /// </summary>
    /// <param name="database">The tables of the system, backend and version.</param>
    /// <param name="model">The model.</param>
    /// <param name="layout">How the engine spreads over GPUs. Expert sizes have no meaning in a dense model and are ignored.</param>
    /// <param name="options">How the engine is started; null = the defaults of backend and checkpoint.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="UnknownModelException">The architecture is not supported yet, or a number format is not known.</exception>
    /// <exception cref="InvalidLayoutException">The model does not allow the layout.</exception>
    /// <exception cref="NoPerformanceDataException">The options ask for attention in fp8, and the tables have none.</exception>
    /// <exception cref="PerformanceFileException">A table is damaged.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static ValueTask<AicEngine> LoadAsync(
        AicDatabase database, ModelConfiguration model, EngineLayout layout, AicEngineOptions? options = null, CancellationToken cancellationToken = default) =>
        LoadAsync(database, model, layout, options, CompileAsync, cancellationToken);

    internal static async ValueTask<AicEngine> LoadAsync(
        AicDatabase database, ModelConfiguration model, EngineLayout layout, AicEngineOptions? options, Compiler compiler, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(layout);
        options ??= new AicEngineOptions();
        CheckOptions(options);

        database = database.For(options.EstimationMode);
        var description = model.Description;
        var settings = QuantizationSettings.Parse(options.GemmFormat, options.ExpertFormat, options.KvCacheFormat, options.AttentionFormat);

        // A family without operation lists says so before anything about its number formats.
        if (!description.Family.IsSupported)
        {
            throw new UnknownModelException(UnsupportedFamily.Message(description));
        }

        var engine = new EngineSpecification
        {
            Model = description,
            Layout = layout,
            Quantization = QuantizationInference.Infer(description, settings, database.Backend),
            Backend = database.Backend,
            BackendVersion = database.Version,
            System = database.System,
            DraftTokens = options.DraftTokens,
            WorkloadDistribution = string.IsNullOrWhiteSpace(options.WorkloadDistribution) ? null : options.WorkloadDistribution.Trim(),
            IsGemmFormatStated = settings.Gemm is not null,
        };
        LayoutRules.Check(engine);
        if (layout.ContextParallel > 1 && options.EstimationMode != AicEstimationMode.Silicon)
        {
            throw new InvalidLayoutException(
                $"cp {layout.ContextParallel} in estimation mode {options.EstimationMode}: context parallelism is specified for measured tables only ({AicEstimationMode.Silicon}).");
        }

        engine = engine with
        {
            Quantization = await QuantizationInference.CorrectAsync(engine.Quantization, settings, database, description.Family.AttentionTable, cancellationToken).ConfigureAwait(false),
        };

        var operations = description.Family.BuildOperations(engine);
        var evaluator = await compiler(database, operations, options.EstimationMode, cancellationToken).ConfigureAwait(false);
        return new AicEngine(engine, operations, evaluator, options, [.. model.Warnings, .. LayoutRules.Warnings(engine)]);
    }

    /// <summary>One prefill step.</summary>
    /// <param name="batch">Sequences; at least 1.</param>
    /// <param name="isl">Input length, tokens, cached prefix included; at least 1.</param>
    /// <param name="prefix">Tokens of it that are in the cache already; 0 to isl − 1.</param>
    public AicPhaseEstimate EstimateContext(int batch, int isl, int prefix = 0)
    {
        CheckInput(batch, isl, prefix);
        return AicPhaseEstimate.Of(_steps.Context(batch, isl, prefix));
    }

    /// <summary>One prefill step by operation, in the order of AIC's lists; operations that share a name are one.</summary>
    /// <inheritdoc cref="EstimateContext"/>
    public IReadOnlyList<AicOperationEstimate> ContextOperations(int batch, int isl, int prefix = 0)
    {
        CheckInput(batch, isl, prefix);
        return Named(_steps.ContextOperations(batch, isl, prefix));
    }

    /// <summary>All decode steps after the first token, summed (static mode).</summary>
    /// <param name="batch">Sequences; at least 1.</param>
    /// <param name="isl">Input length, tokens; at least 1.</param>
    /// <param name="osl">Output length, tokens; at least 1. With 1 there is no decode step and everything is 0.</param>
    /// <param name="stride">Decode steps that one look-up stands for; at least 1, and large enough for at most a million look-ups.</param>
    public AicPhaseEstimate EstimateGeneration(int batch, int isl, int osl, int stride = DefaultStride)
    {
        CheckInput(batch, isl, 0);
        CheckOutput(osl, stride);
        return AicPhaseEstimate.Of(_steps.Generation(batch, isl, osl, stride));
    }

    /// <summary>All decode steps after the first token by operation, in the order of AIC's lists; empty where there is none.</summary>
    /// <inheritdoc cref="EstimateGeneration"/>
    public IReadOnlyList<AicOperationEstimate> GenerationOperations(int batch, int isl, int osl, int stride = DefaultStride)
    {
        CheckInput(batch, isl, 0);
        CheckOutput(osl, stride);
        return Named(_steps.GenerationOperations(batch, isl, osl, stride));
    }

    /// <summary>A static batch through both phases.</summary>
    /// <inheritdoc cref="EstimateGeneration"/>
    public AicStaticEstimate EstimateStatic(int batch, int isl, int osl, int prefix = 0, int stride = DefaultStride)
    {
        CheckInput(batch, isl, prefix);
        CheckOutput(osl, stride);
        var context = _steps.Context(batch, isl, prefix);
        var generation = _steps.Generation(batch, isl, osl, stride);
        var itl = osl > 1 ? generation.LatencyMs / (osl - 1) / _progress : 0;
        var request = context.LatencyMs + (itl * (osl - 1));
        var rate = (double)batch * Layout.AttentionDataParallel / request * 1000 * Layout.PipelineParallel;
        return new AicStaticEstimate(
            AicPhaseEstimate.Of(context),
            AicPhaseEstimate.Of(generation),
            itl,
            request,
            rate,
            rate * osl,
            AicPhaseEstimate.Of(context + generation).PowerWatts ?? 0,
            _memory.Static(batch, isl, osl, prefix));
    }

    /// <summary>One decode step.</summary>
    /// <param name="batch">Sequences; at least 1.</param>
    /// <param name="contextTokens">Length of each sequence including the token being made, tokens; at least 1.</param>
    public AicPhaseEstimate EstimateDecodeStep(int batch, long contextTokens)
    {
        CheckAtLeast(batch, 1);
        CheckAtLeast(contextTokens, 1);
        return AicPhaseEstimate.Of(_steps.Decode(batch, contextTokens));
    }

    /// <summary>One step that prefills beside decoding sequences.</summary>
    /// <param name="contextTokens">Prefill tokens; at least 1.</param>
    /// <param name="requests">Decoding sequences; at least 0.</param>
    /// <param name="isl">Input length, tokens; at least 1.</param>
    /// <param name="osl">Output length, tokens; at least 1.</param>
    /// <param name="prefix">Tokens of the input that are in the cache already; 0 to isl − 1.</param>
    public AicPhaseEstimate EstimateMixedStep(int contextTokens, int requests, int isl, int osl, int prefix = 0)
    {
        CheckAtLeast(contextTokens, 1);
        CheckAtLeast(requests, 0);
        CheckInput(1, isl, prefix);
        CheckAtLeast(osl, 1);
        return AicPhaseEstimate.Of(_steps.Mixed(contextTokens, requests, isl, osl, prefix));
    }

    /// <summary>One engine that serves both phases at a steady batch.</summary>
    /// <param name="batch">Concurrent sequences; at least 1.</param>
    /// <param name="isl">Input length, tokens; at least 1.</param>
    /// <param name="osl">Output length, tokens; at least 1.</param>
    /// <param name="contextTokens">Prefill tokens of a mixed step, at least 1 and at most <c>isl · batch</c>; null = isl, AIC's default.</param>
    /// <param name="prefix">Tokens of the input that are in the cache already; 0 to isl − 1.</param>
    /// <exception cref="InsufficientMemoryForModelException">The batch does not fit into the device's memory.</exception>
    public AicAggregatedEstimate EstimateAggregated(int batch, int isl, int osl, int? contextTokens = null, int prefix = 0)
    {
        CheckInput(batch, isl, prefix);
        CheckAtLeast(osl, 1);
        var tokens = contextTokens ?? isl;
        CheckAtLeast(tokens, 1, nameof(contextTokens));
        if (tokens > (long)isl * batch)
        {
            throw OutOfRange(nameof(contextTokens), tokens, string.Create(CultureInfo.InvariantCulture, $"at most isl · batch = {(long)isl * batch}"));
        }

        var memory = _memory.Aggregated(batch, tokens, isl, osl);
        _memory.Check(memory, $"An aggregated batch of {batch} at isl {isl}, osl {osl} ({Layout})");
        var cycle = AggregatedComposition.Compose(_steps, _engine, batch, tokens, isl, osl, prefix, _progress);
        return new AicAggregatedEstimate(
            cycle.TtftMs,
            cycle.ItlMs,
            cycle.RequestMs,
            cycle.RequestsPerSecond,
            cycle.RequestsPerSecond * (osl - 1),
            cycle.Concurrency,
            AicPhaseEstimate.Of(cycle.Cost),
            memory,
            tokens);
    }

    /// <summary>Prefill workers and decode workers together, rounded as AIC does.</summary>
    /// <param name="prefill">The engine of a prefill worker.</param>
    /// <param name="decode">The engine of a decode worker.</param>
    /// <param name="query">The operating point.</param>
    /// <exception cref="InsufficientMemoryForModelException">A worker's batch does not fit into its memory.</exception>
    public static AicDisaggregatedEstimate EstimateDisaggregated(AicEngine prefill, AicEngine decode, AicDisaggregatedQuery query)
    {
        ArgumentNullException.ThrowIfNull(prefill);
        ArgumentNullException.ThrowIfNull(decode);
        ArgumentNullException.ThrowIfNull(query);
        CheckInput(query.PrefillBatch, query.Isl, query.Prefix);
        CheckAtLeast(query.DecodeBatch, 1, nameof(query.DecodeBatch));
        CheckAtLeast(query.PrefillWorkers, 1, nameof(query.PrefillWorkers));
        CheckAtLeast(query.DecodeWorkers, 1, nameof(query.DecodeWorkers));
        CheckOutput(query.Osl, query.Stride);

        var prefillMemory = prefill._memory.Context(query.PrefillBatch, query.Isl, query.Prefix);
        prefill._memory.Check(prefillMemory, $"A prefill batch of {query.PrefillBatch} at isl {query.Isl} ({prefill.Layout})");
        var decodeMemory = decode._memory.Generation(query.DecodeBatch, query.Isl, query.Osl);
        decode._memory.Check(decodeMemory, $"A decode batch of {query.DecodeBatch} at isl {query.Isl}, osl {query.Osl} ({decode.Layout})");

        var context = prefill._steps.Context(query.PrefillBatch, query.Isl, query.Prefix);
        var generation = decode._steps.Generation(query.DecodeBatch, query.Isl, query.Osl, query.Stride);
        var prefillSequences = (double)query.PrefillBatch * prefill.Layout.AttentionDataParallel;
        var decodeSequences = (double)query.DecodeBatch * decode.Layout.AttentionDataParallel;
        var fleet = DisaggregatedComposition.Compose(
            DisaggregatedComposition.PrefillRow(context, prefillSequences, prefill.Layout.PipelineParallel),
            query.PrefillWorkers,
            DisaggregatedComposition.DecodeRow(generation, decodeSequences, decode.Layout.PipelineParallel, query.Osl, decode._progress),
            query.DecodeWorkers,
            query.Osl);
        var gpus = ((long)prefill.Layout.Gpus * query.PrefillWorkers) + ((long)decode.Layout.Gpus * query.DecodeWorkers);
        var tokensPerSecond = fleet.RequestsPerSecond * query.Osl;
        return new AicDisaggregatedEstimate(
            fleet.TtftMs,
            fleet.ItlMs,
            fleet.RequestMs,
            PhaseRow.Round(fleet.RequestsPerSecond),
            PhaseRow.Round(tokensPerSecond),
            PhaseRow.Round(tokensPerSecond / gpus),
            gpus,
            query.DecodeWorkers * decodeSequences,
            fleet.PowerWatts,
            AicPhaseEstimate.Of(context + generation).PowerCoverage,
            prefillMemory,
            decodeMemory);
    }

    /// <summary>KV-cache tokens that one attention rank holds beside weights and activations (specification 7), with the backend's own memory fraction.</summary>
    /// <param name="maxNumTokens">Most tokens of one step, which activations are sized for; at least 1.</param>
    /// <param name="tolerance">Share of the budget that is left unused, from 0 to 1.</param>
    /// <returns>The tokens; null where nothing is left for a cache.</returns>
    /// <exception cref="NoPerformanceDataException">The configuration states no KV heads, so that a token has no size.</exception>
    public long? MaximumKvTokens(int maxNumTokens = DefaultMaxNumTokens, double tolerance = 0)
    {
        CheckAtLeast(maxNumTokens, 1);
        Guard.Within(tolerance, 0, 1);
        return _memory.MaximumKvCache(maxNumTokens, tolerance)?.Tokens;
    }

    /// <summary>The aggregated composition without the test for memory: for callers that bound the batch themselves.</summary>
    internal AggregatedCycle ComposeAggregated(int batch, int isl, int osl) =>
        AggregatedComposition.Compose(_steps, _engine, batch, isl, isl, osl, 0, _progress);

    private static async ValueTask<IStepEvaluator> CompileAsync(
        AicDatabase database, OperationLists operations, AicEstimationMode mode, CancellationToken cancellationToken) =>
        await CompiledEvaluator.CompileAsync(database, operations, mode, cancellationToken).ConfigureAwait(false);

    private static void CheckOptions(AicEngineOptions options)
    {
        if (options.DraftTokens is < 0 or > MostDraftTokens)
        {
            throw OutOfRange(nameof(options.DraftTokens), options.DraftTokens, $"from 0 to {MostDraftTokens}");
        }

        if (!Enum.IsDefined(options.EstimationMode))
        {
            throw OutOfRange(nameof(options.EstimationMode), options.EstimationMode, $"one of {string.Join(", ", Enum.GetNames<AicEstimationMode>())}");
        }

        Guard.Within(options.AcceptedDraftTokens, 0, options.DraftTokens, nameof(options.AcceptedDraftTokens));
        if (options.MemoryFraction is { } fraction && !(fraction is > 0 and <= 1))
        {
            throw OutOfRange(nameof(options.MemoryFraction), fraction, "above 0 and at most 1");
        }
    }

    private static void CheckInput(int batch, int isl, int prefix)
    {
        CheckAtLeast(batch, 1, nameof(batch));
        CheckAtLeast(isl, 1, nameof(isl));
        if (prefix < 0 || prefix >= isl)
        {
            throw OutOfRange(nameof(prefix), prefix, string.Create(CultureInfo.InvariantCulture, $"from 0 to isl − 1 = {isl - 1}"));
        }
    }

    private static void CheckOutput(int osl, int stride)
    {
        CheckAtLeast(osl, 1, nameof(osl));
        CheckAtLeast(stride, 1, nameof(stride));
        if (osl > 1 && StepCount.Ceiling(osl - 1, stride) > MostLookUps)
        {
            throw OutOfRange(nameof(stride), stride, string.Create(CultureInfo.InvariantCulture, $"large enough for at most {MostLookUps} look-ups of {osl - 1} decode steps"));
        }
    }

    private static void CheckAtLeast(long value, long minimum, [global::System.Runtime.CompilerServices.CallerArgumentExpression(nameof(value))] string? parameter = null)
    {
        if (value < minimum)
        {
            throw OutOfRange(parameter, value, string.Create(CultureInfo.InvariantCulture, $"at least {minimum}"));
        }
    }

    private static ArgumentOutOfRangeException OutOfRange(string? parameter, object value, string allowed) =>
        new(parameter, value, string.Create(CultureInfo.InvariantCulture, $"{parameter} is {value}; it must be {allowed}."));

    private static AicOperationEstimate[] Named(IReadOnlyList<NamedOperationCost> costs)
    {
        var operations = new AicOperationEstimate[costs.Count];
        for (var i = 0; i < operations.Length; i++)
        {
            var (name, cost) = costs[i];
            operations[i] = new AicOperationEstimate(name, cost.LatencyMs, cost.EnergyMillijoules, cost.Label);
        }

        return operations;
    }
}
