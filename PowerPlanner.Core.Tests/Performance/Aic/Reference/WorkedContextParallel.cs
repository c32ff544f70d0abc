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

    private AicEngine _engine = null!;
    private IStepEvaluator _qwen = null!;

    [OneTimeSetUp]
    public async Task BuildEngine() => (_engine, _, _qwen) = await LoadAsync(new EngineLayout(contextParallel: 2));

    [TestCase("attention", 22.40879719147221)]
    [TestCase("qkv_gemm", 27.87854913449755)]
    [TestCase("cp_all_gather", 4.528422812500001)]
    public void An_operation_costs(string name, double milliseconds) =>
        Assert.That(
            _qwen.ContextOperations(Shape).Single(operation => operation.Name == name).Cost.LatencyMs, Is.EqualTo(milliseconds).Within(milliseconds * 1e-12));

    [Test]
    public void The_step_costs_the_sum_of_its_operations() => Assert.That(_qwen.Context(Shape).LatencyMs, Is.EqualTo(341.719).Within(0.0005));

    [Test]
    public async Task Decode_and_memory_are_those_of_one_GPU()
    {
        var alone = await LoadAsync(new EngineLayout());

        Assert.That(_qwen.Generation(new GenerationShape(9, 2000)), Is.EqualTo(alone.Evaluator.Generation(new GenerationShape(9, 2000))));
        Assert.That(_engine.MaximumKvTokens(), Is.EqualTo(alone.Engine.MaximumKvTokens()));
        Assert.That(_engine.Warnings, Has.One.Contains("memory and KV capacity"));
    }

    [Test]
    public void Other_estimation_modes_refuse_it() => Assert.That(
        async () => await LoadAsync(new EngineLayout(contextParallel: 2), new AicEngineOptions { EstimationMode = AicEstimationMode.SpeedOfLight }),
        Throws.TypeOf<InvalidLayoutException>().With.Message.Contains("context parallelism is specified for measured tables only"));

    private Task<ReferenceEngine> LoadAsync(EngineLayout layout, AicEngineOptions? options = null) =>
        ReferenceEngine.LoadAsync(evaluator, AicBackend.Sglang, "0.5.9", "Qwen/Qwen3-32B", layout, options);
}
