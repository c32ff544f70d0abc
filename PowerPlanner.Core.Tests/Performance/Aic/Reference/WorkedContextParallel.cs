using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>The specification's worked context step of two ranks that share the tokens (5.2): Qwen3-32B on the H200's tables of SGLang 0.5.9.</summary>
[TestFixture(EvaluatorKind.Literal)]
[TestFixture(EvaluatorKind.Compiled)]
internal sealed class WorkedContextParallel(EvaluatorKind evaluator)
{
    private static readonly ContextShape Shape = new(Batch: 2, NewTokens: 3001, Prefix: 0);

    private IStepEvaluator _qwen = null!;

    [OneTimeSetUp]
    public async Task BuildEngine() => _qwen = (await ReferenceEngine.LoadAsync(
        evaluator, AicBackend.Sglang, "0.5.9", "Qwen/Qwen3-32B", new EngineLayout(contextParallel: 2))).Evaluator;

    [TestCase("attention", 22.40879719147221)]
    [TestCase("qkv_gemm", 27.87854913449755)]
    [TestCase("cp_all_gather", 4.528422812500001)]
    public void An_operation_costs(string name, double milliseconds) =>
        Assert.That(
            _qwen.ContextOperations(Shape).Single(operation => operation.Name == name).Cost.LatencyMs, Is.EqualTo(milliseconds).Within(milliseconds * 1e-12));

    [Test]
    public void The_step_costs_the_sum_of_its_operations() => Assert.That(_qwen.Context(Shape).LatencyMs, Is.EqualTo(341.719).Within(0.0005));

    [Test]
    public async Task Decode_is_that_of_one_GPU()
    {
        var alone = (await ReferenceEngine.LoadAsync(evaluator, AicBackend.Sglang, "0.5.9", "Qwen/Qwen3-32B", new EngineLayout())).Evaluator;

        Assert.That(_qwen.Generation(new GenerationShape(9, 2000)), Is.EqualTo(alone.Generation(new GenerationShape(9, 2000))));
    }
}
