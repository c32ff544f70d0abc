using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>The specification's worked steps and points of models with routed experts (9.3, 10.6, 10.8) on the H200's tables; ms.</summary>
[TestFixture(EvaluatorKind.Literal)]
[TestFixture(EvaluatorKind.Compiled)]
internal sealed class WorkedExpertSteps(EvaluatorKind evaluator)
{
    private const double Tolerance = 1e-9;
    private const double ThreeDecimals = 0.000501;
    private const double Gibibyte = 1L << 30;

    [TestCase("embedding", 0.004092266666666666, 0.0030010666666666665)]
    [TestCase("add_norm_1", 0.3537152, 0.14420480000000002)]
    [TestCase("add_norm_2", 0.3537152, 0.14420480000000002)]
    [TestCase("qkv_gemm", 0.5802527316706007, 0.4121641003838882)]
    [TestCase("attention", 3.117969852543945, 0.7519228775985538)]
    [TestCase("proj_gemm", 0.43443198998769117, 0.24430932601292926)]
    [TestCase("router_gemm", 0.3041706681251526, 0.23991467555363977)]
    [TestCase("moe_pre_dispatch", 1.439278106689453, 0.2142412805557251)]
    [TestCase("moe_post_dispatch", 1.439278106689453, 0.2142412805557251)]
    [TestCase("moe", 10.555698852539063, 1.8062131118774414)]
    [TestCase("logits_gemm", null, 0.04228933667325016)]
    [TestCase("embedding_ar", 0.029984960556030272, 0.0044633600115776065)]
    public async Task An_operation_of_the_reference_case_costs(string name, double? contextMs, double generationMs)
    {
        var engine = (await QwenAsync()).Evaluator;

        var context = engine.ContextOperations(new ContextShape(1, 1024, 0)).Where(operation => operation.Name == name).ToList();
        var generation = engine.GenerationOperations(new GenerationShape(1, 1025)).Single(operation => operation.Name == name).Cost;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(context, Has.Count.EqualTo(contextMs is null ? 0 : 1));
            if (contextMs is { } expected)
            {
                AssertNear(context[0].Cost.LatencyMs, expected);
            }

            AssertNear(generation.LatencyMs, generationMs);
        }
    }

    [Test]
    public async Task The_steps_of_the_reference_case_have_the_published_sums()
    {
        var engine = (await QwenAsync()).Evaluator;

        AssertNear(engine.Context(new ContextShape(1, 1024, 0)).LatencyMs, 18.612587935468056);
        AssertNear(engine.Generation(new GenerationShape(1, 1025)).LatencyMs, 4.221170015889397);
    }

    [TestCase(16, 2048, 1500, 200, 71.000375236015, 6.13038055447684, 2459.4009517465265, 19.53077163696289)]
    [TestCase(8, 700, 1400, 4, 81.21624267995213, 15.323819373575875, 97.88682334552793, 19.0311767578125)]
    public async Task An_aggregated_engine_serves(
        int batch, int contextTokens, int isl, int osl, double ttftMs, double tpotMs, double tokensPerSecond, double memoryGib)
    {
        var answer = (await QwenAsync()).Engine.EstimateAggregated(batch, isl, osl, contextTokens);

        using (Assert.EnterMultipleScope())
        {
            AssertNear(answer.TtftMs, ttftMs);
            AssertNear(answer.ItlMs, tpotMs);
            AssertNear(answer.TokensPerSecond, tokensPerSecond);
            AssertNear(answer.Memory.TotalBytes / Gibibyte, memoryGib);
            Assert.That(answer.PowerWatts, Is.Null.Or.Zero);
        }
    }

    [Test]
    public async Task A_static_batch_takes()
    {
        var answer = (await QwenAsync()).Engine.EstimateStatic(4, 3000, 100);

        using (Assert.EnterMultipleScope())
        {
            AssertNear(answer.TtftMs, 132.55941290854153);
            AssertNear(answer.ItlMs, 4.663276483079423);
            Assert.That(answer.TokensPerSecond, Is.EqualTo(673.147).Within(ThreeDecimals));
            AssertNear(answer.Memory.WeightBytes, 15_129_247_744);
            AssertNear(answer.Memory.ActivationBytes, 1_469_644_800);
            AssertNear(answer.Memory.KvCacheBytes, 304_742_400);
            Assert.That(answer.Memory.TotalBytes / Gibibyte, Is.EqualTo(20.326).Within(ThreeDecimals));
        }
    }

    [TestCase("attention", 2.5809379844206783, 0.2623752507843077)]
    [TestCase("moe", 37.199179315567015, null)]
    [TestCase("moe_pre_dispatch", 3.5442765128379694, null)]
    [TestCase("router_gemm", 0.22027625451767913, null)]
    [TestCase("embedding_ar", 0.1476781880349154, null)]
    public async Task An_operation_of_gpt_oss_costs(string name, double contextMs, double? generationMs)
    {
        var engine = (await ReferenceEngine.LoadAsync(evaluator, AicBackend.Vllm, "0.22.0", "openai/gpt-oss-20b", new EngineLayout(2, 1, 1, 1, 2))).Evaluator;

        AssertNear(engine.ContextOperations(new ContextShape(3, 2000, 0)).Single(operation => operation.Name == name).Cost.LatencyMs, contextMs);
        if (generationMs is { } expected)
        {
            AssertNear(engine.GenerationOperations(new GenerationShape(3, 2001)).Single(operation => operation.Name == name).Cost.LatencyMs, expected);
        }
    }

    [Test]
    public async Task Both_kinds_of_attention_of_Llama_4_cost()
    {
        var engine = (await ReferenceEngine.LoadAsync(
            evaluator, AicBackend.Vllm, "0.22.0", "meta-llama/Llama-4-Scout-17B-16E-Instruct", new EngineLayout(8, 1, 1, 8, 1))).Evaluator;

        AssertNear(engine.Context(new ContextShape(1, 3000, 0), OperationSelection.AttentionOnly).LatencyMs, 2.8192051666975226);
    }

    private Task<ReferenceEngine> QwenAsync() => ReferenceEngine.LoadAsync(evaluator, AicBackend.Sglang, "0.5.9", "Qwen/Qwen3-30B-A3B", new EngineLayout(4, 1, 1, 1, 4));

    private static void AssertNear(double actual, double expected) => Assert.That(actual, Is.EqualTo(expected).Within(expected * Tolerance));
}
