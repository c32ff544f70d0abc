using PowerPlanner.Performance.Aic.Balance;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;
using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>
/// The fast evaluator: one model in one layout, every operation compiled to flat arrays when it is built. Immutable and safe to call from
/// several threads; step costs allocate nothing.
/// </summary>
internal sealed class CompiledEvaluator : IStepEvaluator
{
    private readonly OperationBalances _balances;
    private readonly CompiledOperation[] _context;
    private readonly CompiledOperation[] _generation;

    /// <summary>What depends on the tokens of a context step, and on its sequences: all but attention, mostly.</summary>
    private readonly TokenSum _contextTokens;
    private readonly BatchCosts _contextSequences;

    /// <summary>What depends on the batch of a generation step.</summary>
    private readonly BatchCosts _generationTokens;

    /// <summary>Everything else, operation by operation.</summary>
    private readonly CompiledOperation[] _contextRest;
    private readonly CompiledOperation[] _generationRest;

    private CompiledEvaluator(AicSystem system, CompiledOperation[] context, CompiledOperation[] generation)
    {
        _balances = new OperationBalances(system);
        _context = context;
        _generation = generation;
        _contextTokens = TokenSum.Create([.. Merged(context).Where(operation => operation.Basis == TokenBasis.Tokens)]);
        _contextSequences = new BatchCosts(TokenSum.Create([.. Merged(context).Where(operation => operation.Basis == TokenBasis.Sequences)]));
        _generationTokens = new BatchCosts(TokenSum.Create([.. Merged(generation)]));
        _contextRest = Rest(context);
        _generationRest = Rest(generation);
    }

    /// <summary>Reads what the lists need and compiles it. Absent tables are errors of the queries that need them, not of this call.</summary>
    /// <exception cref="PerformanceFileException">A table is damaged.</exception>
    public static async ValueTask<CompiledEvaluator> CompileAsync(
        AicDatabase database, OperationLists lists, AicEstimationMode mode = AicEstimationMode.Silicon, CancellationToken cancellationToken = default)
    {
        var scope = new CompileScope(database, lists, mode);
        return new CompiledEvaluator(
            database.System,
            await OperationCompiler.CompileAsync(lists.Context, scope, cancellationToken).ConfigureAwait(false),
            await OperationCompiler.CompileAsync(lists.Generation, scope, cancellationToken).ConfigureAwait(false));
    }

    public OperationCost Context(ContextShape shape, OperationSelection selection = OperationSelection.All)
    {
        Validate(shape);
        var cost = TryContext(shape, selection);
        return double.IsNaN(cost.LatencyMs) ? throw FirstMiss(shape, selection) : cost;
    }

    public OperationCost Generation(GenerationShape shape, OperationSelection selection = OperationSelection.All)
    {
        Validate(shape);
        var cost = TryGeneration(shape, selection);
        return double.IsNaN(cost.LatencyMs) ? throw FirstMiss(shape, selection) : cost;
    }

    /// <summary>As <see cref="Context"/>, with a NaN latency where the tables have no answer. The shape is not validated.</summary>
    public OperationCost TryContext(in ContextShape shape, OperationSelection selection = OperationSelection.All)
    {
        var sum = selection == OperationSelection.AttentionOnly
            ? OperationCost.Zero
            : _contextTokens.Evaluate((double)shape.Batch * shape.NewTokens) + _contextSequences[shape.Batch];
        foreach (var operation in _contextRest)
        {
            if (IsSelected(operation, selection))
            {
                sum += operation.Context(shape);
            }
        }

        return sum;
    }

    /// <summary>As <see cref="Generation"/>, with a NaN latency where the tables have no answer. The shape is not validated.</summary>
    public OperationCost TryGeneration(in GenerationShape shape, OperationSelection selection = OperationSelection.All)
    {
        var sum = selection == OperationSelection.AttentionOnly ? OperationCost.Zero : _generationTokens[shape.Batch];
        foreach (var operation in _generationRest)
        {
            if (IsSelected(operation, selection))
            {
                sum += operation.Generation(shape);
            }
        }

        return sum;
    }

    public void SweepGeneration(long sequenceLength, Span<OperationCost> costs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 1);
        _generationTokens.CopyTo(costs);
        foreach (var operation in _generationRest)
        {
            operation.AddGenerationSweep(sequenceLength, 1, costs);
        }
    }

    public StepBalance ContextBalance(ContextShape shape)
    {
        Validate(shape);
        return _balances.Context(_context, shape);
    }

    public void SweepGenerationBalance(long sequenceLength, long firstBatch, int rowsPerSequence, Span<StepBalance> balances) =>
        _balances.SweepGeneration(_generation, sequenceLength, firstBatch, rowsPerSequence, balances);

    public IReadOnlyList<NamedOperationCost> ContextOperations(ContextShape shape)
    {
        Validate(shape);
        var costs = new OrderedDictionary<string, OperationCost>(_context.Length);
        foreach (var operation in _context)
        {
            var cost = operation.Context(shape);
            Fold(costs, operation, double.IsNaN(cost.LatencyMs) ? throw operation.ContextMiss(shape) : cost);
        }

        return ByName(costs);
    }

    public IReadOnlyList<NamedOperationCost> GenerationOperations(GenerationShape shape)
    {
        Validate(shape);
        var costs = new OrderedDictionary<string, OperationCost>(_generation.Length);
        foreach (var operation in _generation)
        {
            var cost = operation.Generation(shape);
            Fold(costs, operation, double.IsNaN(cost.LatencyMs) ? throw operation.GenerationMiss(shape) : cost);
        }

        return ByName(costs);
    }

    /// <summary>Operations that one sum may stand for: the passes of a mixed step never split them, and they take all the tokens.</summary>
    private static IEnumerable<TokenOperation> Merged(CompiledOperation[] operations) => operations.Where(IsMerged).Cast<TokenOperation>();

    private static CompiledOperation[] Rest(CompiledOperation[] operations) => [.. operations.Where(operation => !IsMerged(operation))];

    private static bool IsMerged(CompiledOperation operation) => operation is TokenOperation { IsAttention: false, SequenceSplit: 1 };

    private static bool IsSelected(CompiledOperation operation, OperationSelection selection) =>
        selection == OperationSelection.All || operation.IsAttention == (selection == OperationSelection.AttentionOnly);

    private static void Validate(in ContextShape shape)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.Batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.NewTokens, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(shape.Prefix);
    }

    private static void Validate(in GenerationShape shape)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.Batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.SequenceLength, 1);
    }

    private static void Fold(OrderedDictionary<string, OperationCost> costs, CompiledOperation operation, OperationCost cost) =>
        costs[operation.Name] = costs.TryGetValue(operation.Name, out var sum) ? sum + cost : cost;

    private static NamedOperationCost[] ByName(OrderedDictionary<string, OperationCost> costs) =>
        [.. costs.Select(cost => new NamedOperationCost(cost.Key, cost.Value))];

    private PerformanceException FirstMiss(in ContextShape shape, OperationSelection selection)
    {
        foreach (var operation in _context)
        {
            if (IsSelected(operation, selection) && double.IsNaN(operation.Context(shape).LatencyMs))
            {
                return operation.ContextMiss(shape);
            }
        }

        return new NoPerformanceDataException("The step has no latency although each of its operations has one.");
    }

    private PerformanceException FirstMiss(in GenerationShape shape, OperationSelection selection)
    {
        foreach (var operation in _generation)
        {
            if (IsSelected(operation, selection) && double.IsNaN(operation.Generation(shape).LatencyMs))
            {
                return operation.GenerationMiss(shape);
            }
        }

        return new NoPerformanceDataException("The step has no latency although each of its operations has one.");
    }
}
