using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>
/// Looks every operation of a step up exactly as the specification's text says (chapters 2 to 4), with no regard for speed: the oracle
/// of the compiled evaluator.
/// </summary>
internal sealed class LiteralEvaluator : IStepEvaluator
{
    private const string AttentionName = "attention";
    private const double ExtrasFactor = 1.1;

    private readonly LiteralTables _tables;
    private readonly OperationLists _operations;
    private readonly AicEstimationMode _mode;
    private readonly LiteralLight _light;
    private readonly LiteralEmpirical? _empirical;

    private LiteralEvaluator(LiteralTables tables, OperationLists operations, AicEstimationMode mode, LiteralEmpirical? empirical = null)
    {
        _empirical = empirical;
        _tables = tables;
        _operations = operations;
        _mode = mode;
        _light = new LiteralLight(tables.System);
    }

    public static async Task<LiteralEvaluator> CreateAsync(
        LiteralTables tables, OperationLists operations, AicEstimationMode mode = AicEstimationMode.Silicon, CancellationToken cancellationToken = default)
    {
        if (mode == AicEstimationMode.SpeedOfLight)
        {
            return new LiteralEvaluator(tables, operations, mode);
        }

        foreach (var operation in operations.Context.Concat(operations.Generation))
        {
            await tables.LoadForAsync(operation, cancellationToken).ConfigureAwait(false);
        }

        var empirical = mode == AicEstimationMode.Silicon ? null : await tables.EmpiricalAsync(cancellationToken).ConfigureAwait(false);
        return new LiteralEvaluator(tables, operations, mode, empirical);
    }

    public OperationCost Context(ContextShape shape, OperationSelection selection = OperationSelection.All) =>
        Sum(_operations.Context, Step.Of(shape), selection);

    public OperationCost Generation(GenerationShape shape, OperationSelection selection = OperationSelection.All) =>
        Sum(_operations.Generation, Step.Of(shape), selection);

    public IReadOnlyList<NamedOperationCost> ContextOperations(ContextShape shape) => ByName(_operations.Context, Step.Of(shape));

    public IReadOnlyList<NamedOperationCost> GenerationOperations(GenerationShape shape) => ByName(_operations.Generation, Step.Of(shape));

    private OperationCost Sum(IReadOnlyList<Operation> operations, Step step, OperationSelection selection)
    {
        var sum = OperationCost.Zero;
        foreach (var operation in operations)
        {
            var isAttention = operation.Name == AttentionName;
            if (selection == OperationSelection.All || isAttention == (selection == OperationSelection.AttentionOnly))
            {
                sum += Cost(operation, step);
            }
        }

        return sum;
    }

    private List<NamedOperationCost> ByName(IReadOnlyList<Operation> operations, Step step)
    {
        var costs = new OrderedDictionary<string, OperationCost>();
        foreach (var operation in operations)
        {
            costs[operation.Name] = costs.GetValueOrDefault(operation.Name, OperationCost.Zero) + Cost(operation, step);
        }

        return [.. costs.Select(cost => new NamedOperationCost(cost.Key, cost.Value))];
    }

    private OperationCost Cost(Operation operation, Step step) =>
        Look(operation, operation is ContextAttentionOperation ? step : step.SharedBy(operation.SequenceSplit)) * operation.Scale;

    private OperationCost Look(Operation operation, Step step) => operation switch
    {
        FallbackOperation fallback => Fallback(fallback, step),
        OverlapOperation overlap => Overlap(overlap, step),
        MoeDispatchOperation dispatch => MoeDispatch(dispatch, step.Tokens),
        PointToPointOperation transfer => PointToPoint(transfer, step.Tokens),
        AllReduceOperation allReduce => AllReduce(allReduce.Gpus, (double)step.Tokens * allReduce.HiddenSize),
        NcclOperation nccl => Nccl(nccl.Collective, nccl.Communication, nccl.Gpus, step.Tokens * nccl.ElementsPerToken),
        ElementwiseOperation or EmbeddingOperation when _mode == AicEstimationMode.SpeedOfLight => Formula(_light.Of(operation, step)),
        _ when _mode == AicEstimationMode.SpeedOfLight => OperationCost.Estimated(_light.Of(operation, step)),
        ElementwiseOperation or EmbeddingOperation => Measured(operation, step),
        GemmOperation gemm when _mode == AicEstimationMode.Hybrid => HybridGemm(gemm, step.Rows(gemm.Basis)),
        _ => OfMode(() => Measured(operation, step), () => Empirical(operation, step)),
    };

    /// <summary>SILICON: the tables. EMPIRICAL: the estimate. HYBRID: the tables, and on a miss the estimate.</summary>
    private OperationCost OfMode(Func<OperationCost> measured, Func<double> empirical)
    {
        if (_mode == AicEstimationMode.Empirical)
        {
            return OperationCost.Estimated(empirical());
        }

        try
        {
            return measured();
        }
        catch (NoPerformanceDataException) when (_mode == AicEstimationMode.Hybrid)
        {
            return OperationCost.Estimated(empirical());
        }
    }

    /// <summary>Static scales are taken off whichever product there is (4.1), each part of them table first.</summary>
    private OperationCost HybridGemm(GemmOperation operation, long m)
    {
        try
        {
            return Covered(Gemm(operation, m));
        }
        catch (NoPerformanceDataException) when (operation.Quantization == GemmQuantization.Fp8Static)
        {
            var latency = _empirical!.Gemm(operation.Quantization, m, operation.N, operation.K) - ComputeScale(operation.Quantization, m, operation.K).LatencyMs;
            if (operation.LowPrecisionInput)
            {
                latency -= ScaleMatrix(operation.Quantization, m, operation.K).LatencyMs;
            }

            return OperationCost.Estimated(Math.Max(latency, _tables.Light.Gemm(operation.Quantization, m, operation.N, operation.K)));
        }
        catch (NoPerformanceDataException)
        {
            return OperationCost.Estimated(_empirical!.Gemm(operation.Quantization, m, operation.N, operation.K));
        }
    }

    private double Empirical(Operation operation, Step step)
    {
        var estimates = _empirical!;
        var key = operation with { Name = "", Scale = 1 };
        switch (operation)
        {
            case GemmOperation gemm:
                var (quantization, m) = (gemm.Quantization, step.Rows(gemm.Basis));
                var product = estimates.Gemm(quantization, m, gemm.N, gemm.K);
                if (quantization != GemmQuantization.Fp8Static)
                {
                    return product;
                }

                product -= estimates.ComputeScale(quantization, m, gemm.K);
                product -= gemm.LowPrecisionInput ? estimates.ScaleMatrix(quantization, m, gemm.K) : 0;
                return Math.Max(product, _tables.Light.Gemm(quantization, m, gemm.N, gemm.K));
            case ContextAttentionOperation attention:
                return estimates.ContextAttention(attention, step.Sequences, step.NewTokens, step.Prefix) + (ExtrasFactor * ContextAttentionExtras(attention));
            case GenerationAttentionOperation attention:
                return estimates.GenerationAttention(attention, step.Sequences, step.NewTokens);
            case MoeOperation experts:
                return estimates.Moe(experts, (double)step.Tokens * experts.AttentionDataParallel);
            case MlaBmmOperation bmm:
                return estimates.MlaBmm(bmm, step.Tokens);
            case ContextMlaOperation attention:
                return estimates.ContextMla(
                    key, "context_mla_perf",
                    rows => [.. Enumerable.Range(0, rows.Count).Where(i => rows.Text("mla_dtype")[i] == attention.Attention.Name && rows.Text("kv_cache_dtype")[i] == attention.KvCache.Name)],
                    attention.Attention, attention.KvCache, attention.Heads, step.Sequences, step.NewTokens, step.Prefix);
            case MlaContextModuleOperation module:
                return estimates.ContextMla(
                    key, "mla_context_module_perf",
                    rows => LiteralMlaTables.ModuleRows(rows, module.NativeHeads, i =>
                        rows.Text("mla_dtype")[i] == module.Attention.Name && rows.Text("kv_cache_dtype")[i] == module.KvCache.Name && rows.Text("gemm_type")[i] == module.Gemm.Name),
                    module.Attention, module.KvCache, module.Heads, step.Sequences, step.NewTokens, step.Prefix);
            case GenerationMlaOperation attention:
                return estimates.GenerationMla(
                    key, "generation_mla_perf",
                    rows => [.. Enumerable.Range(0, rows.Count).Where(i => rows.Text("kv_cache_dtype")[i] == attention.KvCache.Name)],
                    (heads, batch, s) => _tables.Light.GenerationMla(attention.KvCache, heads, batch, s), attention.Heads, step.Sequences, step.NewTokens);
            case MlaGenerationModuleOperation module:
                return estimates.GenerationMla(
                    key, "mla_generation_module_perf",
                    rows => LiteralMlaTables.ModuleRows(rows, module.NativeHeads, i => rows.Text("kv_cache_dtype")[i] == module.KvCache.Name && rows.Text("gemm_type")[i] == module.Gemm.Name),
                    (heads, batch, s) => _tables.Light.MlaGenerationModule(module.KvCache, module.Gemm, heads, batch, s), module.Heads, step.Sequences, step.NewTokens);
            default:
                throw new NotSupportedException($"The literal interpreter has no estimate for {operation.GetType().Name}.");
        }
    }

    private OperationCost Measured(Operation operation, Step step) => operation switch
    {
        GemmOperation gemm => Covered(Gemm(gemm, step.Rows(gemm.Basis))),
        ElementwiseOperation elementwise => Formula(_tables.Light.MemoryOperation(step.Tokens * 2.0 * (elementwise.InputElements + elementwise.OutputElements))),
        EmbeddingOperation embedding => Formula(_tables.Light.MemoryOperation(step.Tokens * 2.0 * embedding.HiddenSize)),
        ContextAttentionOperation attention => Covered(ContextAttention(attention, step)),
        GenerationAttentionOperation attention => Covered(GenerationAttention(attention, step)),
        ContextMlaOperation attention => Covered(LessPrefix(_tables.Mla.Context(attention), attention.Heads, step)),
        MlaContextModuleOperation module => Covered(LessPrefix(_tables.Mla.ContextModule(module), module.Heads, step)),
        GenerationMlaOperation attention => Covered(_tables.Mla.Generation(attention).Resolve(attention.Heads, step.Sequences, step.NewTokens)),
        MlaGenerationModuleOperation module => Covered(_tables.Mla.GenerationModule(module).Resolve(module.Heads, step.Sequences, step.NewTokens)),
        MlaBmmOperation product => Covered(MlaBmm(product, step.Tokens)),
        MoeOperation experts => Covered(Moe(experts, step.Tokens)),
        _ => throw new NotSupportedException($"The literal interpreter knows no operation of type {operation.GetType().Name}."),
    };

    /// <summary>4.1.</summary>
    private TableAnswer Gemm(GemmOperation operation, long m)
    {
        var (quantization, n, k) = (operation.Quantization, operation.N, operation.K);
        var answer = _tables.Gemm(quantization).Resolve(m, n, k);
        if (quantization != GemmQuantization.Fp8Static)
        {
            return answer;
        }

        // The table measured dynamic quantization; static scales save the search for the scales and, behind a low-precision producer,
        // the scaling of the activations.
        answer = Less(answer, ComputeScale(quantization, m, k));
        if (operation.LowPrecisionInput)
        {
            answer = Less(answer, ScaleMatrix(quantization, m, k));
        }

        return answer with
        {
            LatencyMs = Math.Max(answer.LatencyMs, _tables.Light.Gemm(quantization, m, n, k)),
            EnergyMillijoules = Math.Max(answer.EnergyMillijoules, 0),
        };
    }

    private static TableAnswer Less(TableAnswer whole, TableAnswer part) => whole with
    {
        LatencyMs = whole.LatencyMs - part.LatencyMs,
        EnergyMillijoules = whole.EnergyMillijoules - part.EnergyMillijoules,
        Provenance = OperationCost.Combine(whole.Provenance, part.Provenance),
    };

    /// <summary>Clamped to the measured range and not scaled back.</summary>
    private TableAnswer ComputeScale(GemmQuantization quantization, long m, long k) =>
        Clamped(_tables.ComputeScale(quantization), m, k).Answer;

    /// <summary>Clamped to the measured range, then scaled by the SOL ratio.</summary>
    private TableAnswer ScaleMatrix(GemmQuantization quantization, long m, long k)
    {
        var (answer, clampedM, clampedK) = Clamped(_tables.ScaleMatrix(quantization), m, k);
        return answer * (_tables.Light.ScaleMatrix(m, k) / _tables.Light.ScaleMatrix(clampedM, clampedK));
    }

    private static (TableAnswer Answer, long M, long K) Clamped(GridTable table, long m, long k)
    {
        if (table.IsEmpty)
        {
            throw new NoPerformanceDataException($"{table.Name} has no rows.");
        }

        var (rangeM, rangeK) = (table.Range(0), table.Range(1));
        var (clampedM, clampedK) = (Math.Clamp(m, rangeM.Lowest, rangeM.Highest), Math.Clamp(k, rangeK.Lowest, rangeK.Highest));
        var answer = table.Resolve(clampedM, clampedK);
        return (clampedM == m && clampedK == k ? answer : answer with { Provenance = Provenance.Extrapolated }, clampedM, clampedK);
    }

    /// <summary>4.3: the table at the full sequence, less the share of the prefix, plus the fused extras.</summary>
    private TableAnswer ContextAttention(ContextAttentionOperation operation, Step step)
    {
        var answer = operation.SequenceSplit == 1 ? LessPrefix(_tables.ContextAttention(operation), operation.Heads, step) : TwoChunks(operation, step);
        return answer with { LatencyMs = answer.LatencyMs + (ExtrasFactor * ContextAttentionExtras(operation)) };
    }

    /// <summary>4.3, context parallelism: c new tokens behind the prefix, and c behind all but the last c.</summary>
    private TableAnswer TwoChunks(ContextAttentionOperation operation, Step step)
    {
        var grid = _tables.ContextAttention(operation);
        var c = Math.Max(1, (long)Math.Ceiling(step.NewTokens / (2.0 * operation.SequenceSplit)));
        var first = LessPrefix(grid, operation.Heads, step with { NewTokens = c });
        var second = LessPrefix(grid, operation.Heads, step with { NewTokens = c, Prefix = step.Prefix + step.NewTokens - c });
        return new TableAnswer(
            first.LatencyMs + second.LatencyMs,
            PowerWatts: 0,
            first.EnergyMillijoules + second.EnergyMillijoules,
            OperationCost.Combine(first.Provenance, second.Provenance));
    }

    /// <summary>Elements of one token whatever the batch and the sequence: by design or accident, so AIC has it.</summary>
    private double ContextAttentionExtras(ContextAttentionOperation operation)
    {
        var light = _tables.Light;
        var q = (double)operation.Heads * operation.HeadSize;
        var k = (double)operation.KvHeads * operation.HeadSize;
        var v = k;
        var qkNorm = operation.QkNorm ? 2 * ((2 * light.MemoryOperation(2 * q)) + (2 * light.MemoryOperation(2 * k))) : 0;
        var rotary = 2 * light.MemoryOperation((2 * q) + (2 * k));
        var kvWrite = light.MemoryOperation(operation.Attention.BytesPerElement * k) + light.MemoryOperation(operation.Attention.BytesPerElement * v);
        return qkNorm + rotary + kvWrite;
    }

    /// <summary>4.4: the mean of five sequence lengths around the asked one.</summary>
    private TableAnswer GenerationAttention(GenerationAttentionOperation operation, Step step)
    {
        const int Samples = 5;
        var grid = _tables.GenerationAttention(operation);
        var lowest = Math.Max(1, (long)(step.NewTokens * 0.9));
        var highest = Math.Max(lowest, (long)(step.NewTokens * 1.1));
        var sum = new TableAnswer(0, 0, 0, Provenance.Measured);
        for (var i = 0; i < Samples; i++)
        {
            var sample = grid.Resolve(operation.Heads, step.Sequences, lowest + ((highest - lowest) * i / (Samples - 1)));
            sum = new TableAnswer(
                sum.LatencyMs + sample.LatencyMs,
                PowerWatts: 0,
                sum.EnergyMillijoules + sample.EnergyMillijoules,
                OperationCost.Combine(sum.Provenance, sample.Provenance));
        }

        return sum * (1.0 / Samples);
    }

    /// <summary>4.5; the size is in elements.</summary>
    private OperationCost AllReduce(int gpus, double size)
    {
        if (gpus <= 1)
        {
            return OperationCost.Zero;
        }

        var node = _tables.System.GpusPerNode;
        if (node == 72 && gpus > 4)
        {
            return Nccl("all_reduce", CommunicationQuantization.Half, gpus, size);
        }

        if (_mode == AicEstimationMode.SpeedOfLight)
        {
            return OperationCost.Estimated(_light.AllReduce(gpus, size));
        }

        return OfMode(() => BeyondMeasured(_tables.AllReduce(Math.Min(gpus, node)).Resolve(size), gpus, node), () => _empirical!.AllReduce(gpus, size));
    }

    private OperationCost Nccl(string collective, CommunicationQuantization communication, int gpus, double size)
    {
        if (gpus <= 1)
        {
            return OperationCost.Zero;
        }

        if (_mode == AicEstimationMode.SpeedOfLight)
        {
            return OperationCost.Estimated(_light.Nccl(collective, communication, gpus, size));
        }

        return OfMode(
            () =>
            {
                var (curve, measured) = _tables.Collective(communication, collective, gpus);
                return BeyondMeasured(curve.Resolve(size), gpus, measured);
            },
            () => _empirical!.Nccl(collective, communication, gpus, size));
    }

    /// <summary>A larger group than the measured one: more of the message travels, over the slowest of its links.</summary>
    private OperationCost BeyondMeasured(TableAnswer answer, int gpus, int measured)
    {
        if (gpus <= measured)
        {
            return Covered(answer);
        }

        var system = _tables.System;
        var factor = (gpus - 1.0) / gpus * measured / Math.Max(measured - 1, 1) * system.PointToPointBandwidth(measured) / system.PointToPointBandwidth(gpus);
        return Covered((answer * factor) with { Provenance = Provenance.Extrapolated });
    }

    /// <summary>4.8: the grid at the full sequence, less the share of the prefix.</summary>
    private static TableAnswer LessPrefix(GridTable grid, int heads, Step step)
    {
        double full = step.NewTokens + step.Prefix;
        double prefix = step.Prefix;
        return grid.Resolve(heads, full, step.Sequences) * (((full * full) - (prefix * prefix)) / (full * full));
    }

    private TableAnswer MlaBmm(MlaBmmOperation operation, long tokens)
    {
        var (curve, share) = _tables.Mla.Bmm(operation);
        var answer = curve.Resolve(tokens) * share;
        return share == 1 ? answer : answer with { Provenance = Provenance.Extrapolated };
    }

    /// <summary>4.8: only a lack of data leads to the parts; missing hardware rates do not.</summary>
    private OperationCost Fallback(FallbackOperation operation, Step step)
    {
        OperationCost cost;
        try
        {
            // HYBRID (chapter 11): the primary runs as SILICON.
            cost = _mode == AicEstimationMode.Hybrid ? Measured(operation.Primary, step) * operation.Primary.Scale : Cost(operation.Primary, step);
        }
        catch (NoPerformanceDataException)
        {
            cost = operation.Parts.Aggregate(OperationCost.Zero, (sum, part) => sum + Cost(part, step));
        }

        return AsOne(cost);
    }

    private OperationCost Overlap(OverlapOperation operation, Step step)
    {
        var first = operation.First.Aggregate(OperationCost.Zero, (sum, part) => sum + Cost(part, step));
        var second = operation.Second.Aggregate(OperationCost.Zero, (sum, part) => sum + Cost(part, step));
        return AsOne((first + second) with { LatencyMs = Math.Max(first.LatencyMs, second.LatencyMs) });
    }

    /// <summary>Coverage looks at whole operators (6.2).</summary>
    private static OperationCost AsOne(OperationCost cost) => cost with { CoveredLatencyMs = cost.EnergyMillijoules > 0 ? cost.LatencyMs : 0 };

    /// <summary>4.6: the tokens of all attention ranks reach the experts; the low-latency table comes first for few of them.</summary>
    private TableAnswer Moe(MoeOperation operation, long tokens)
    {
        var gathered = (double)tokens * operation.AttentionDataParallel;
        if (operation.LowLatencyKernel && operation.Gated && operation.Quantization == MoeQuantization.NvFp4 && gathered <= 128)
        {
            try
            {
                return _tables.Moe(operation, lowLatency: true).Resolve(gathered);
            }
            catch (NoPerformanceDataException)
            {
                // The ordinary table answers then.
            }
        }

        return _tables.Moe(operation, lowLatency: false).Resolve(gathered);
    }

    /// <summary>4.7, row by row.</summary>
    private OperationCost MoeDispatch(MoeDispatchOperation operation, long tokens)
    {
        var g = operation.MoeTensorParallel * operation.MoeExpertParallel;
        var dp = operation.AttentionDataParallel;
        var atp = Math.Max(1, g / dp);
        var v = (double)tokens * operation.HiddenSize;
        var pre = operation.Stage == MoeDispatchStage.Pre;
        var system = _tables.System;
        switch (operation.Backend)
        {
            case AicBackend.Vllm:
                return (atp > 1 ? AllReduce(g, v) : OperationCost.Zero) + (dp > 1 ? Exchange(g, v * dp) : OperationCost.Zero);
            case AicBackend.Sglang when atp > 1 && dp > 1:
                return pre
                    ? Nccl("reduce_scatter", CommunicationQuantization.Half, atp, v) + Exchange(g, v * dp)
                    : Exchange(g, v * dp) + Nccl("all_gather", CommunicationQuantization.Half, atp, v);
            case AicBackend.TensorRtLlm when system.SmVersion == 100 && dp > 1 && operation.MoeTensorParallel == 1 && system.GpusPerNode >= 72:
                throw new NoPerformanceDataException("The all-to-all tables are not modelled.");
            case AicBackend.TensorRtLlm when system.SmVersion == 100 && dp > 1:
                var f = !pre ? 1 : operation.Quantization?.Name switch { "nvfp4" => 0.25 + 0.03125, "fp8" or "fp8_block" => 0.5, _ => 1 };
                return Exchange(g, v * dp * f);
            case AicBackend.Sglang or AicBackend.TensorRtLlm when atp > 1:
                return AllReduce(g, v);
            case AicBackend.Sglang or AicBackend.TensorRtLlm when dp > 1:
                return Exchange(g, v * dp);
            default:
                return OperationCost.Zero;
        }

        OperationCost Exchange(int gpus, double elements) => Nccl(pre ? "all_gather" : "reduce_scatter", CommunicationQuantization.Half, gpus, elements);
    }

    private OperationCost PointToPoint(PointToPointOperation operation, long tokens)
    {
        var system = _tables.System;
        return operation.PipelineStages <= 1
            ? OperationCost.Zero
            : Formula(((tokens * (double)operation.HiddenSize * 2 / system.InterNodeBandwidth) + system.PointToPointLatencySeconds) * 1000);
    }

    private static OperationCost Formula(double latencyMs) => new(latencyMs, 0, 0, Provenance.Modelled);

    /// <summary>An operation counts as covered by power data with its whole latency where it has any energy.</summary>
    private static OperationCost Covered(TableAnswer answer) =>
        new(answer.LatencyMs, answer.EnergyMillijoules, answer.EnergyMillijoules > 0 ? answer.LatencyMs : 0, answer.Provenance);
}
