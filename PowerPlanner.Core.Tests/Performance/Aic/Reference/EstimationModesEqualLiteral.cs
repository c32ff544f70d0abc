using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>
/// The library's evaluator against the literal interpreter in the modes that estimate (specification, chapter 11), operation by operation, for dense
/// models, routed experts and compressed keys and values on all backends.
/// </summary>
[TestFixture]
internal sealed class EstimationModesEqualLiteral
{
    private const int PointsPerPhase = 100;

    [Test]
    public async Task The_two_evaluators_agree(
        [Values(AicEstimationMode.Hybrid, AicEstimationMode.Empirical, AicEstimationMode.SpeedOfLight)] AicEstimationMode mode,
        [ValueSource(nameof(Engines))] (AicBackend Backend, string Version, string Model, EngineLayout Layout, string? Format) engine)
    {
        var options = new AicEngineOptions { EstimationMode = mode, GemmFormat = engine.Format, ExpertFormat = engine.Format };
        var lists = (await ReferenceEngine.LoadAsync(EvaluatorKind.Literal, engine.Backend, engine.Version, engine.Model, engine.Layout, options)).Operations;
        var tables = await Databases.H200TablesAsync(engine.Backend, engine.Version, mode);

        // Of an engine that lacks something the rest is compared too.
        var answered = new OperationLists(
            await AnsweredAsync(lists.Context, operation => new OperationLists([operation], []), evaluator => evaluator.Context(new ContextShape(1, 100, 0))),
            await AnsweredAsync(lists.Generation, operation => new OperationLists([], [operation]), evaluator => evaluator.Generation(new GenerationShape(1, 100))));
        var literal = await LiteralEvaluator.CreateAsync(tables, answered, mode);
        var compiled = await CompiledEvaluator.CompileAsync(tables.Database, answered, mode);
        var random = new Random((engine.Model + engine.Version).Sum(character => character) + (int)mode);
        var differences = new Differences();

        for (var i = 0; i < PointsPerPhase; i++)
        {
            var (context, generation) = (RandomSteps.Context(random), RandomSteps.Generation(random));
            differences.Compare($"{context}", evaluator => evaluator.ContextOperations(context), literal, compiled);
            differences.Compare($"{generation}", evaluator => evaluator.GenerationOperations(generation), literal, compiled);
            differences.Compare($"{context}", evaluator => [new("context", evaluator.Context(context))], literal, compiled);
            differences.Compare($"{generation}", evaluator => [new("generation", evaluator.Generation(generation))], literal, compiled);
        }

        differences.AssertNone();

        async Task<List<Operation>> AnsweredAsync(IReadOnlyList<Operation> operations, Func<Operation, OperationLists> alone, Func<IStepEvaluator, OperationCost> ask)
        {
            var found = new List<Operation>();
            foreach (var operation in operations)
            {
                var refused = Refusal(await LiteralEvaluator.CreateAsync(tables, alone(operation), mode), ask);
                if (refused is null)
                {
                    found.Add(operation);
                }
                else
                {
                    var refusedToo = Refusal(await CompiledEvaluator.CompileAsync(tables.Database, alone(operation), mode), ask);
                    Assert.That(refusedToo?.GetType(), Is.EqualTo(refused.GetType()), operation.Name);
                    TestContext.Out.WriteLine($"{operation.Name} has no answer: {refusedToo!.Message}");
                }
            }

            return found;
        }
    }

    private static PerformanceException? Refusal(IStepEvaluator evaluator, Func<IStepEvaluator, OperationCost> ask)
    {
        try
        {
            ask(evaluator);
            return null;
        }
        catch (PerformanceException exception)
        {
            return exception;
        }
    }

    private static IEnumerable<(AicBackend Backend, string Version, string Model, EngineLayout Layout, string? Format)> Engines =>
    [
        (AicBackend.Vllm, "0.22.0", "Qwen/Qwen3-32B", new EngineLayout(8), null),
        (AicBackend.Vllm, "0.24.0", "nvidia/Llama-3.1-70B-Instruct-FP8", new EngineLayout(2, 2), null),
        (AicBackend.TensorRtLlm, "1.3.0rc20", "Qwen/Qwen3-32B-FP8", new EngineLayout(1), null),
        (AicBackend.Vllm, "0.22.0", "Qwen/Qwen3-235B-A22B-FP8", new EngineLayout(2, 1, 4, 1, 8), null),
        (AicBackend.Vllm, "0.19.0", "openai/gpt-oss-20b", new EngineLayout(2, 1, 1, 1, 2), null),
        (AicBackend.TensorRtLlm, "1.3.0rc20", "Qwen/Qwen3-235B-A22B", new EngineLayout(4, 1, 2, 1, 8), "nvfp4"),
        (AicBackend.Sglang, "0.5.9", "Qwen/Qwen3-30B-A3B", new EngineLayout(2, 1, 2, 1, 4), null),
        (AicBackend.Vllm, "0.22.0", "meta-llama/Llama-4-Scout-17B-16E-Instruct", new EngineLayout(8, 1, 1, 8, 1), null),
        (AicBackend.Vllm, "0.22.0", "deepseek-ai/DeepSeek-V3", new EngineLayout(8, 1, 1, 1, 8), null),
        (AicBackend.Sglang, "0.5.12", "deepseek-ai/DeepSeek-R1", new EngineLayout(4, 1, 4, 1, 16), null),
        (AicBackend.TensorRtLlm, "1.3.0rc20", "moonshotai/Kimi-K2-Instruct", new EngineLayout(16, 1, 1, 1, 16), null),
    ];
}
