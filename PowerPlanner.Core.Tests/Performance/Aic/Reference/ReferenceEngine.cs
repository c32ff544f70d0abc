using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>An engine of the library on the H200's real tables, its operations looked up by one of the two evaluators.</summary>
/// <param name="Engine">The library's compositions on that evaluator.</param>
/// <param name="Operations">What the evaluator was made for.</param>
/// <param name="Evaluator">The evaluator itself.</param>
internal sealed record ReferenceEngine(AicEngine Engine, OperationLists Operations, IStepEvaluator Evaluator)
{
    /// <exception cref="InvalidLayoutException">The model does not allow the layout.</exception>
    public static async Task<ReferenceEngine> LoadAsync(
        EvaluatorKind kind, AicBackend backend, string version, string model, EngineLayout layout, AicEngineOptions? options = null)
    {
        var configuration = await ModelConfiguration.FindAsync(RealTables.ModelsDirectory, model);
        (OperationLists Operations, IStepEvaluator Evaluator)? made = null;
        var engine = await AicEngine.LoadAsync(await Databases.H200Async(backend, version), configuration, layout, options, CompileAsync, CancellationToken.None);
        return new ReferenceEngine(engine, made!.Value.Operations, made.Value.Evaluator);

        async ValueTask<IStepEvaluator> CompileAsync(
            AicDatabase database, OperationLists operations, AicEstimationMode mode, CancellationToken cancellationToken)
        {
            IStepEvaluator evaluator = kind == EvaluatorKind.Literal
                ? await LiteralEvaluator.CreateAsync(await Databases.H200TablesAsync(backend, version, mode), operations, mode, cancellationToken)
                : await CompiledEvaluator.CompileAsync(database, operations, mode, cancellationToken);
            made = (operations, evaluator);
            return evaluator;
        }
    }
}
