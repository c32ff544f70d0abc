using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>
/// The specification's end-to-end points (10.6) and mixed steps (10.7) of Qwen3-32B on the H200's tables of vLLM 0.22.0. Static and disaggregated rows are
/// AIC's tables, which have three decimals.
/// </summary>
[TestFixture(EvaluatorKind.Literal)]
[TestFixture(EvaluatorKind.Compiled)]
internal sealed class WorkedCompositions(EvaluatorKind evaluator)
{
    private const double Tolerance = 1e-9;
    private const double ThreeDecimals = 0.000501;
    private const double Gibibyte = 1L << 30;

    [TestCase(16, 2048, 1500, 200, 0, 148.09086223303416, 7.843352373399653, 1863.167237284279, 284.33984103161797, 12.498077392578125)]
    [TestCase(1, 1500, 1500, 50, 0, 86.78557857797816, 4.785396081697844, 152.51969386072608, 218.47237165487707, 11.67242431640625)]
    [TestCase(8, 700, 1400, 4, 0, 122.64602711310694, 18.998555313857068, 78.95337172853021, 235.01001347751767, 11.92181396484375)]
    [TestCase(8, 3000, 1500, 60, 500, 133.66810205611972, 7.732833179240953, 800.1284821480973, 286.74505788483475, 12.120880126953125)]
    [TestCase(8, 700, 1400, 300, 500, 122.37266446322957, 5.741772865050426, 1300.5918038259758, 236.71359769847354, 11.99407958984375)]
    public async Task An_aggregated_engine_serves(
        int batch, int contextTokens, int isl, int osl, int prefix, double ttftMs, double tpotMs, double tokensPerSecond, double powerWatts, double memoryGib)
    {
        var engine = await QwenAsync();

        var answer = engine.EstimateAggregated(batch, isl, osl, contextTokens, prefix);

        using (Assert.EnterMultipleScope())
        {
            AssertNear(answer.TtftMs, ttftMs, "ttft");
            AssertNear(answer.ItlMs, tpotMs, "tpot");
            AssertNear(answer.TokensPerSecond, tokensPerSecond, "tokens/s");

            // The first row's figure has two digits swapped: the steps of 10.7 make it 284.33983104.
            Assert.That(answer.PowerWatts, Is.EqualTo(powerWatts).Within(1e-5).Percent, "power");
            AssertNear(answer.Memory.TotalBytes / Gibibyte, memoryGib, "memory");
        }
    }

    [TestCase(4, 3000, 100, 0, 1, 0, 0, 233.98149792500487, 4.9559499449440665, 552.013, 295.6218265982421, 12.805)]
    [TestCase(4, 3000, 100, 1000, 1, 0, 0, 166.09066685187918, 4.9559499449440665, 609.079, 285.861583100136, 12.499)]
    [TestCase(4, 1000, 80, 0, 2, 0, 0, 85.291, 4.888, 1357.538, null, 8.134)]
    [TestCase(4, 1000, 80, 0, 1, 1, 0, 84.462, 5.026, 664.527, 273.829, 11.948)]
    [TestCase(4, 1000, 80, 0, 1, 2, 1, 84.462, 5.338031433344029 / 2, 1083.597, 272.222, 11.948)]
    public async Task A_static_batch_takes(
        int batch, int isl, int osl, int prefix, int stages, int draftTokens, double accepted,
        double ttftMs, double tpotMs, double tokensPerSecond, double? powerWatts, double memoryGib)
    {
        var engine = await QwenAsync(stages, draftTokens, accepted);

        var answer = engine.EstimateStatic(batch, isl, osl, prefix);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.TtftMs, Is.EqualTo(ttftMs).Within(ThreeDecimals), "ttft");
            Assert.That(answer.ItlMs, Is.EqualTo(tpotMs).Within(ThreeDecimals), "tpot");

            // Accepted drafts are worked into AIC's row after it was rounded.
            Assert.That(answer.TokensPerSecond, Is.EqualTo(tokensPerSecond).Within(accepted > 0 ? tokensPerSecond * 1e-5 : ThreeDecimals), "tokens/s");
            Assert.That(answer.Memory.TotalBytes / Gibibyte, Is.EqualTo(memoryGib).Within(ThreeDecimals), "memory");
            if (powerWatts is { } power)
            {
                Assert.That(answer.PowerWatts, Is.EqualTo(power).Within(ThreeDecimals), "power");
            }
        }
    }

    [TestCase(0, 233.98149792500487, 4.9559499449440665, 295.6218265982421)]
    [TestCase(1000, 166.09066685187918, 4.9559499449440665, 285.861583100136)]
    public async Task A_static_batch_takes_to_the_last_digit(int prefix, double ttftMs, double tpotMs, double powerWatts)
    {
        var answer = (await QwenAsync()).EstimateStatic(4, 3000, 100, prefix);

        using (Assert.EnterMultipleScope())
        {
            AssertNear(answer.TtftMs, ttftMs, "ttft");
            AssertNear(answer.ItlMs, tpotMs, "tpot");
            AssertNear(answer.PowerWatts, powerWatts, "power");
        }
    }

    [Test]
    public async Task A_disaggregated_fleet_serves()
    {
        var engine = await QwenAsync();

        var answer = AicEngine.EstimateDisaggregated(engine, engine, new AicDisaggregatedQuery { Isl = 1000, Osl = 80, DecodeBatch = 4 });

        using (Assert.EnterMultipleScope())
        {
            AssertNear(answer.TtftMs, 51.03, "ttft");
            AssertNear(answer.ItlMs, 5.267, "tpot");
            AssertNear(answer.RequestLatencyMs, 467.123, "request latency");
            AssertNear(answer.RequestsPerSecond, 8.844, "requests/s");
            AssertNear(answer.TokensPerSecond, 707.517, "tokens/s");
            AssertNear(answer.TokensPerSecondPerGpu, 44.22, "tokens/s/GPU");
            Assert.That(answer.Concurrency, Is.EqualTo(4));
            Assert.That(answer.PowerCoverage, Is.EqualTo(0.718).Within(ThreeDecimals), "coverage");
            Assert.That(answer.PrefillMemory.TotalBytes / Gibibyte, Is.EqualTo(11.618).Within(ThreeDecimals), "prefill memory");
            Assert.That(answer.DecodeMemory.TotalBytes / Gibibyte, Is.EqualTo(11.711).Within(ThreeDecimals), "decode memory");
        }
    }

    [TestCase(2048, 14, 1500, 200, 0, 47.52724148868944, 17585.5138683631)]
    [TestCase(700, 7, 1400, 300, 500, 18.899150713901662, 4401.097443115017)]
    public async Task A_mixed_step_takes(int contextTokens, int requests, int isl, int osl, int prefix, double latencyMs, double energyMillijoules)
    {
        var answer = (await QwenAsync()).EstimateMixedStep(contextTokens, requests, isl, osl, prefix);

        using (Assert.EnterMultipleScope())
        {
            AssertNear(answer.LatencyMs, latencyMs, "latency");
            AssertNear(answer.EnergyMillijoules, energyMillijoules, "energy");
        }
    }

    /// <summary>The default is the backend's own memory fraction, 0.92 here.</summary>
    [TestCase(0, 3_853_002)]
    [TestCase(0.02, 3_775_942)]
    public async Task The_KV_cache_holds(double tolerance, long tokens) =>
        Assert.That((await QwenAsync()).MaximumKvTokens(tolerance: tolerance), Is.EqualTo(tokens));

    private async Task<AicEngine> QwenAsync(int stages = 1, int draftTokens = 0, double accepted = 0) =>
        (await ReferenceEngine.LoadAsync(
            evaluator, AicBackend.Vllm, "0.22.0", "Qwen/Qwen3-32B", new EngineLayout(tensorParallel: 8, pipelineParallel: stages),
            new AicEngineOptions { DraftTokens = draftTokens, AcceptedDraftTokens = accepted })).Engine;

    private static void AssertNear(double actual, double expected, string what) => Assert.That(actual, Is.EqualTo(expected).Within(expected * Tolerance), what);
}
