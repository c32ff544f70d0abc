using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>The specification's worked look-ups of experts and their dispatch (10.5) on the H200's tables; units are ms and mJ (W · ms).</summary>
[TestFixture(EvaluatorKind.Literal)]
[TestFixture(EvaluatorKind.Compiled)]
internal sealed class WorkedExpertLookUps(EvaluatorKind evaluator)
{
    private const double Tolerance = 1e-9;

    [TestCase("bfloat16", 1, 0.0260660484876546, 17.816039877118)]
    [TestCase("bfloat16", 100, 0.0995028524154407, 59.958761521159)]
    [TestCase("bfloat16", 1000, 0.191486787273467, 131.223199971005)]
    [TestCase("bfloat16", 5000, 0.5697039474669, 371.646524647392)]
    [TestCase("bfloat16", 100_000, 10.1731164801505, 4215.16468829325)]
    [TestCase("fp8_block", 333, 0.105341728630541, 50.2922834710298)]
    public async Task Experts_cost(string format, int tokens, double latencyMs, double energyMillijoules)
    {
        var quantization = format == "fp8_block" ? MoeQuantization.Fp8Block : MoeQuantization.BFloat16;

        var cost = await CostAsync(AicBackend.Vllm, "0.22.0", new MoeOperation("moe", 2048, 768, 8, 128, 1, 4, 1, quantization, "power_law_1.2", 1), tokens);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(cost.LatencyMs, Is.EqualTo(latencyMs).Within(latencyMs * Tolerance));
            Assert.That(cost.EnergyMillijoules, Is.EqualTo(energyMillijoules).Within(energyMillijoules * Tolerance));
            Assert.That(cost.CoveredLatencyMs, Is.EqualTo(cost.LatencyMs));
        }
    }

    [Test]
    public async Task Experts_see_the_tokens_of_all_attention_ranks()
    {
        var one = await CostAsync(AicBackend.Vllm, "0.22.0", new MoeOperation("moe", 2048, 768, 8, 128, 1, 4, 1, MoeQuantization.BFloat16, "power_law_1.2", 1), 400);
        var four = await CostAsync(AicBackend.Vllm, "0.22.0", new MoeOperation("moe", 2048, 768, 8, 128, 1, 4, 4, MoeQuantization.BFloat16, "power_law_1.2", 1), 100);

        Assert.That(four, Is.EqualTo(one));
    }

    [TestCase(AicBackend.Vllm, "0.22.0", 2, MoeDispatchStage.Pre, 0.0411939522613585)]
    [TestCase(AicBackend.Vllm, "0.22.0", 8, MoeDispatchStage.Post, 0.04865984375)]
    [TestCase(AicBackend.Sglang, "0.5.9", 2, MoeDispatchStage.Pre, 0.0392571875)]
    public async Task A_dispatch_costs(AicBackend backend, string version, int attentionDp, MoeDispatchStage stage, double latencyMs)
    {
        var cost = await CostAsync(backend, version, new MoeDispatchOperation("dispatch", stage, backend, 2048, 1, 8, attentionDp, null, 1), 300);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(cost.LatencyMs, Is.EqualTo(latencyMs).Within(latencyMs * Tolerance));
            Assert.That(cost.EnergyMillijoules, Is.Zero);
        }
    }

    private async Task<OperationCost> CostAsync(AicBackend backend, string version, Operation operation, int tokens)
    {
        var lists = new OperationLists([operation], []);
        IStepEvaluator made = evaluator == EvaluatorKind.Literal
            ? await LiteralEvaluator.CreateAsync(await Databases.H200TablesAsync(backend, version), lists)
            : await CompiledEvaluator.CompileAsync(await Databases.H200Async(backend, version), lists);
        return made.Context(new ContextShape(tokens, 1, 0));
    }
}
