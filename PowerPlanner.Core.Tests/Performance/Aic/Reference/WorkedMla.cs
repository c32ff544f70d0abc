using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>The specification's worked look-ups and steps of attention over compressed keys and values (10.5, 10.8) on the H200's tables; ms and mJ (W · ms).</summary>
[TestFixture(EvaluatorKind.Literal)]
[TestFixture(EvaluatorKind.Compiled)]
internal sealed class WorkedMla(EvaluatorKind evaluator)
{
    private const double Tolerance = 1e-9;

    [TestCase("bfloat16", "bfloat16", 1, 1024, 0, 0.2303, 85.893551625)]
    [TestCase("fp8", "fp8_block", 3, 1500, 0, 0.681265563542027, 183.528440686911)]
    [TestCase("bfloat16", "bfloat16", 2, 1000, 700, 0.473052685779934, 171.23285788416)]
    public async Task A_context_module_costs(string cache, string gemm, int batch, int newTokens, int prefix, double latencyMs, double energyMillijoules)
    {
        var module = new MlaContextModuleOperation("mla", 16, 128, AttentionQuantization.BFloat16, Cache(cache), Gemm(gemm), 1);

        AssertCost(await ContextAsync(AicBackend.Vllm, "0.22.0", module, new ContextShape(batch, newTokens, prefix)), latencyMs, energyMillijoules);
    }

    [TestCase(16, 128, 5, 3333, 0.126800439453125, 18.1554937764982)]
    [TestCase(8, 64, 64, 9000, 0.241897924804688, 38.9148065315005)]
    public async Task A_generation_module_costs(int heads, int nativeHeads, int batch, int sequence, double latencyMs, double energyMillijoules)
    {
        var module = new MlaGenerationModuleOperation("mla", heads, nativeHeads, KvCacheQuantization.Fp8, GemmQuantization.Fp8Block, 1);

        AssertCost(await GenerationAsync(AicBackend.Vllm, "0.22.0", module, new GenerationShape(batch, sequence)), latencyMs, energyMillijoules);
    }

    [Test]
    public async Task A_context_kernel_costs() => AssertCost(
        await ContextAsync(
            AicBackend.Sglang, "0.5.9", new ContextMlaOperation("mla", 16, AttentionQuantization.BFloat16, KvCacheQuantization.BFloat16, 1), new ContextShape(1, 1024, 0)),
        0.0492464005947113, 0);

    [Test]
    public async Task A_generation_kernel_costs_one_sample() => AssertCost(
        await GenerationAsync(AicBackend.Sglang, "0.5.9", new GenerationMlaOperation("mla", 16, KvCacheQuantization.BFloat16, 1), new GenerationShape(7, 5000)),
        0.026335098886193, 0);

    [TestCase(MlaBmmStage.Post, "fp8", 16, 77, 0.00968199977651238)]
    [TestCase(MlaBmmStage.Pre, "bfloat16", 12, 33, 0.00328289993922226)]
    public async Task A_batched_product_costs(MlaBmmStage stage, string format, int heads, int tokens, double latencyMs) => AssertCost(
        await GenerationAsync(AicBackend.Sglang, "0.5.9", new MlaBmmOperation("bmm", stage, heads, Gemm(format), 1), new GenerationShape(tokens, 100)), latencyMs, 0);

    [TestCase("embedding", 0.0142)]
    [TestCase("add_norm_1", 2.9158)]
    [TestCase("mla_block", 29.723866242024183)]
    [TestCase("shared_gate_up_gemm", 4.759887061205097)]
    [TestCase("shared_act_gate", 0.2562)]
    [TestCase("shared_ffn2_gemm", 4.740116313261145)]
    [TestCase("router_gemm", 1.3985656314425998)]
    [TestCase("moe_pre_dispatch", 12.706182678043842)]
    [TestCase("moe", 82.83244608933887)]
    [TestCase("logits_gemm", 0.05541782356246103)]
    [TestCase("tp_allreduce", 25.412365356087683)]
    public async Task A_context_operation_of_DeepSeek_V3_costs(string name, double latencyMs)
    {
        var costs = (await DeepSeekAsync()).Evaluator.ContextOperations(new ContextShape(2, 1500, 0));

        Assert.That(costs.Single(cost => cost.Name == name).Cost.LatencyMs, Is.EqualTo(latencyMs).Within(latencyMs * Tolerance));
    }

    [TestCase("mla_block", 6.70356640625)]
    [TestCase("moe_overlap", 6.631821810253906)]
    [TestCase("tp_allreduce", 0.6790519872307778)]
    [TestCase("logits_gemm", 0.05541782356246103)]
    public async Task A_generation_operation_of_DeepSeek_V3_costs(string name, double latencyMs)
    {
        var costs = (await DeepSeekAsync()).Evaluator.GenerationOperations(new GenerationShape(2, 1501));

        Assert.That(costs.Single(cost => cost.Name == name).Cost.LatencyMs, Is.EqualTo(latencyMs).Within(latencyMs * Tolerance));
    }

    [Test]
    public async Task A_missing_module_is_the_sum_of_its_parts()
    {
        var shape = new ContextShape(3, 700, 0);
        Operation part = new GemmOperation("part", GemmQuantization.BFloat16, 2112, 7168, 2);
        var missing = new MlaContextModuleOperation("module", 16, 128, AttentionQuantization.BFloat16, KvCacheQuantization.Int8, GemmQuantization.BFloat16, 2);

        var one = await ContextAsync(AicBackend.Vllm, "0.22.0", part, shape);
        var two = await ContextAsync(AicBackend.Vllm, "0.22.0", new FallbackOperation("block", missing, [part, part]), shape);

        AssertCost(two, 2 * one.LatencyMs, 2 * one.EnergyMillijoules);
    }

    [Test]
    public async Task Groups_at_the_same_time_take_as_long_as_the_slower_and_draw_as_both()
    {
        var shape = new GenerationShape(3, 700);
        Operation small = new GemmOperation("small", GemmQuantization.BFloat16, 2112, 7168, 2);
        Operation large = new GemmOperation("large", GemmQuantization.BFloat16, 2112, 7168, 5);

        var slower = await GenerationAsync(AicBackend.Vllm, "0.22.0", large, shape);
        var both = await GenerationAsync(AicBackend.Vllm, "0.22.0", new OverlapOperation("both", [small], [large]), shape);

        AssertCost(both, slower.LatencyMs, slower.EnergyMillijoules * 7 / 5);
    }

    private Task<ReferenceEngine> DeepSeekAsync() =>
        ReferenceEngine.LoadAsync(evaluator, AicBackend.Vllm, "0.22.0", "deepseek-ai/DeepSeek-V3", new EngineLayout(8, 1, 1, 1, 8));

    private async Task<OperationCost> ContextAsync(AicBackend backend, string version, Operation operation, ContextShape shape) =>
        (await EvaluatorAsync(backend, version, new OperationLists([operation], []))).Context(shape);

    private async Task<OperationCost> GenerationAsync(AicBackend backend, string version, Operation operation, GenerationShape shape) =>
        (await EvaluatorAsync(backend, version, new OperationLists([], [operation]))).Generation(shape);

    private async Task<IStepEvaluator> EvaluatorAsync(AicBackend backend, string version, OperationLists lists) => evaluator == EvaluatorKind.Literal
        ? await LiteralEvaluator.CreateAsync(await Databases.H200TablesAsync(backend, version), lists)
        : await CompiledEvaluator.CompileAsync(await Databases.H200Async(backend, version), lists);

    private static KvCacheQuantization Cache(string name) => name == "fp8" ? KvCacheQuantization.Fp8 : KvCacheQuantization.BFloat16;

    private static GemmQuantization Gemm(string name) => name switch
    {
        "fp8" => GemmQuantization.Fp8,
        "fp8_block" => GemmQuantization.Fp8Block,
        _ => GemmQuantization.BFloat16,
    };

    private static void AssertCost(OperationCost cost, double latencyMs, double energyMillijoules)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cost.LatencyMs, Is.EqualTo(latencyMs).Within(latencyMs * Tolerance));
            Assert.That(cost.EnergyMillijoules, Is.EqualTo(energyMillijoules).Within(energyMillijoules * Tolerance));
            Assert.That(cost.CoveredLatencyMs, Is.EqualTo(energyMillijoules > 0 ? cost.LatencyMs : 0));
        }
    }
}
