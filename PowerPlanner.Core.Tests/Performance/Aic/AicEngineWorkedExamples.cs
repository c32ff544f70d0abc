using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Tests.Performance.Aic.Reference;

namespace PowerPlanner.Tests.Performance.Aic;

/// <summary>The specification's end-to-end points (9.1, 10.6, 10.7) through the public engine: Qwen3-32B, tp 8, h200_sxm, vLLM 0.22.0.</summary>
internal sealed class AicEngineWorkedExamples
{
    private const double Relative = 1e-9;
    private const double Gibibyte = 1L << 30;

    private AicEngine _engine = null!;

    [OneTimeSetUp]
    public async Task Load() => _engine = await LoadAsync(new EngineLayout(8));

    [Test]
    public void The_reference_case_has_the_published_phases()
    {
        var context = _engine.EstimateContext(1, 1024);
        var generation = _engine.EstimateGeneration(1, 1024, 2, 1);

        Assert.Multiple(() =>
        {
            Assert.That(context.LatencyMs, Is.EqualTo(26.224).Within(0.0005));
            Assert.That(context.EnergyMillijoules, Is.EqualTo(8557.180855306324).Within(Relative).Percent);
            Assert.That(context.PowerWatts, Is.EqualTo(326.31007874020474).Within(Relative).Percent);
            Assert.That(generation.LatencyMs, Is.EqualTo(4.757).Within(0.0005));
            Assert.That(generation.EnergyMillijoules, Is.EqualTo(958.48557710603).Within(Relative).Percent);
            Assert.That(generation.PowerWatts, Is.EqualTo(201.49689324943085).Within(Relative).Percent);
            Assert.That(_engine.MaximumKvTokens(), Is.EqualTo(3_853_002));
        });
    }

    [Test]
    public void Operations_add_up_to_their_phase()
    {
        var context = _engine.ContextOperations(3, 1500, 200);
        var generation = _engine.GenerationOperations(3, 1500, 100);

        Assert.Multiple(() =>
        {
            Assert.That(context, Has.Count.EqualTo(14));
            Assert.That(context.Sum(operation => operation.LatencyMs), Is.EqualTo(_engine.EstimateContext(3, 1500, 200).LatencyMs).Within(Relative).Percent);
            Assert.That(generation.Sum(operation => operation.LatencyMs), Is.EqualTo(_engine.EstimateGeneration(3, 1500, 100).LatencyMs).Within(Relative).Percent);
            Assert.That(generation.Sum(operation => operation.EnergyMillijoules), Is.EqualTo(_engine.EstimateGeneration(3, 1500, 100).EnergyMillijoules).Within(Relative).Percent);
        });
    }

    [TestCase(16, 2048, 1500, 200, 0, 148.09086223303416, 7.843352373399653, 1863.167237284279, 284.33984103161797, 12.498077392578125)]
    [TestCase(1, 1500, 1500, 50, 0, 86.78557857797816, 4.785396081697844, 152.51969386072608, 218.47237165487707, 11.67242431640625)]
    [TestCase(8, 700, 1400, 4, 0, 122.64602711310694, 18.998555313857068, 78.95337172853021, 235.01001347751767, 11.92181396484375)]
    [TestCase(8, 3000, 1500, 60, 500, 133.66810205611972, 7.732833179240953, 800.1284821480973, 286.74505788483475, 12.120880126953125)]
    [TestCase(8, 700, 1400, 300, 500, 122.37266446322957, 5.741772865050426, 1300.5918038259758, 236.71359769847354, 11.99407958984375)]
    public void An_aggregated_point(int batch, int contextTokens, int isl, int osl, int prefix, double ttft, double itl, double tokens, double power, double gibibytes)
    {
        var estimate = _engine.EstimateAggregated(batch, isl, osl, contextTokens, prefix);

        Assert.Multiple(() =>
        {
            Assert.That(estimate.TtftMs, Is.EqualTo(ttft).Within(Relative).Percent);
            Assert.That(estimate.ItlMs, Is.EqualTo(itl).Within(Relative).Percent);
            Assert.That(estimate.TokensPerSecond, Is.EqualTo(tokens).Within(Relative).Percent);

            // The specification's first power (284.3398…) agrees to seven digits only, with all latencies exact: two of its digits are swapped.
            Assert.That(estimate.PowerWatts, Is.EqualTo(power).Within(2e-5));
            Assert.That(estimate.Memory.TotalBytes / Gibibyte, Is.EqualTo(gibibytes));
            Assert.That(estimate.Memory.FitsKvCacheBudget, Is.True);
        });
    }

    [TestCase(3000, 100, 0, 233.98149792500487, 4.9559499449440665, 552.013, 295.6218265982421, 12.805)]
    [TestCase(3000, 100, 1000, 166.09066685187918, 4.9559499449440665, 609.079, 285.861583100136, 12.499)]
    public void A_static_point(int isl, int osl, int prefix, double ttft, double itl, double tokens, double power, double gibibytes)
    {
        var estimate = _engine.EstimateStatic(4, isl, osl, prefix);

        Assert.Multiple(() =>
        {
            Assert.That(estimate.TtftMs, Is.EqualTo(ttft).Within(Relative).Percent);
            Assert.That(estimate.ItlMs, Is.EqualTo(itl).Within(Relative).Percent);
            Assert.That(estimate.TokensPerSecond, Is.EqualTo(tokens).Within(0.0005));
            Assert.That(estimate.PowerWatts, Is.EqualTo(power).Within(Relative).Percent);
            Assert.That(estimate.Memory.TotalBytes / Gibibyte, Is.EqualTo(gibibytes).Within(0.0005));
        });
    }

    [Test]
    public async Task A_static_point_on_two_stages()
    {
        var estimate = (await LoadAsync(new EngineLayout(8, 2))).EstimateStatic(4, 1000, 80);

        AssertRounded(estimate, 85.291, 4.888, 1357.538, null);
    }

    // AIC divides the time of a token after rounding it to three decimals, hence the last digits of the rate.
    [TestCase(1, 0, 5.026, 664.527, 273.829)]
    [TestCase(2, 1, 2.669, 1083.597, 272.222)]
    public async Task A_static_point_with_draft_tokens(int drafted, int accepted, double itl, double tokens, double power)
    {
        var engine = await LoadAsync(new EngineLayout(8), new AicEngineOptions { DraftTokens = drafted, AcceptedDraftTokens = accepted });

        AssertRounded(engine.EstimateStatic(4, 1000, 80), 84.462, itl, tokens, power);
    }

    [Test]
    public void The_disaggregated_point()
    {
        var fleet = AicEngine.EstimateDisaggregated(_engine, _engine, new AicDisaggregatedQuery { Isl = 1000, Osl = 80, DecodeBatch = 4 });

        Assert.Multiple(() =>
        {
            Assert.That((fleet.TtftMs, fleet.ItlMs, fleet.RequestLatencyMs), Is.EqualTo((51.03, 5.267, 467.123)));
            Assert.That((fleet.RequestsPerSecond, fleet.TokensPerSecond, fleet.TokensPerSecondPerGpu), Is.EqualTo((8.844, 707.517, 44.22)));
            Assert.That((fleet.Gpus, fleet.Concurrency), Is.EqualTo((16L, 4.0)));
            Assert.That(fleet.PowerCoverage, Is.EqualTo(0.718).Within(0.0005));
            Assert.That(fleet.PrefillMemory.TotalBytes / Gibibyte, Is.EqualTo(11.618).Within(0.0005));
            Assert.That(fleet.DecodeMemory.TotalBytes / Gibibyte, Is.EqualTo(11.711).Within(0.0005));
        });
    }

    [TestCase(2048, 14, 1500, 200, 0, 47.52724148868944, 17585.5138683631)]
    [TestCase(700, 7, 1400, 300, 500, 18.899150713901662, 4401.097443115017)]
    public void A_mixed_step(int contextTokens, int requests, int isl, int osl, int prefix, double latency, double energy)
    {
        var step = _engine.EstimateMixedStep(contextTokens, requests, isl, osl, prefix);

        Assert.Multiple(() =>
        {
            Assert.That(step.LatencyMs, Is.EqualTo(latency).Within(Relative).Percent);
            Assert.That(step.EnergyMillijoules, Is.EqualTo(energy).Within(Relative).Percent);
        });
    }

    [Test]
    public void A_decode_step()
    {
        var step = _engine.EstimateDecodeStep(16, 1601);

        Assert.Multiple(() =>
        {
            Assert.That(step.LatencyMs, Is.EqualTo(5.310338174551368).Within(Relative).Percent);
            Assert.That(step.EnergyMillijoules, Is.EqualTo(1250.049634628239).Within(Relative).Percent);
        });
    }

    private static async Task<AicEngine> LoadAsync(EngineLayout layout, AicEngineOptions? options = null) =>
        await AicEngine.LoadAsync(await Databases.H200Async(), await ModelConfiguration.FindAsync(RealTables.ModelsDirectory, "Qwen/Qwen3-32B"), layout, options);

    private static void AssertRounded(AicStaticEstimate estimate, double ttft, double itl, double tokens, double? power)
    {
        Assert.Multiple(() =>
        {
            Assert.That(estimate.TtftMs, Is.EqualTo(ttft).Within(0.0005));
            Assert.That(estimate.ItlMs, Is.EqualTo(itl).Within(0.0005));
            Assert.That(estimate.TokensPerSecond, Is.EqualTo(tokens).Within(0.01));
            if (power is not null)
            {
                Assert.That(estimate.PowerWatts, Is.EqualTo(power).Within(0.0005));
            }
        });
    }
}
