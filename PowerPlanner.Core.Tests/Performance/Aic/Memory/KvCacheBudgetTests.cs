using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Memory;

namespace PowerPlanner.Tests.Performance.Aic.Memory;

internal sealed class KvCacheBudgetTests
{
    // Specification 7, "sglang derived fraction"; capacities of specification 1.1.
    [TestCase(151397597184, 8, 1, 1, 0.897)]
    [TestCase(151397597184, 1, 1, 8, 0.864)]
    [TestCase(25769803776, 4, 1, 1, 0.827)]
    [TestCase(193273528320, 8, 1, 8, 0.753)]
    [TestCase(48305799168, 2, 2, 1, 0.843)]
    public void SGLang_leaves_what_chunks_and_graphs_need(double capacity, int tp, int pp, int dp, double expected) =>
        Assert.That(Fraction(AicBackend.Sglang, "0.5.9", ServingMode.Static, capacity, new EngineLayout(tp, pp, dp)), Is.EqualTo(expected));

    [Test]
    public void SGLang_leaves_a_fixed_share_to_aggregated_serving() =>
        Assert.That(Fraction(AicBackend.Sglang, "0.5.9", ServingMode.Aggregated, 151397597184, new EngineLayout(8)), Is.EqualTo(0.88));

    [TestCase("0.14.0", 0.90)]
    [TestCase("0.18.0", 0.92)]
    [TestCase("0.19.0", 0.90)]
    [TestCase("0.19rc1", 0.90)]
    [TestCase("0.22.0", 0.92)]
    [TestCase("0.24.0", 0.92)]
    [TestCase("0.140.0", 0.92)]
    [TestCase("1.0", 0.92)]
    public void VLLM_leaves_what_its_version_leaves(string version, double expected) =>
        Assert.That(Fraction(AicBackend.Vllm, version, ServingMode.Static, 151397597184, new EngineLayout(8)), Is.EqualTo(expected));

    [Test]
    public void TensorRT_LLM_takes_its_fraction_of_what_is_free()
    {
        var engine = EngineSamples.Engine(backend: AicBackend.TensorRtLlm);

        Assert.Multiple(() =>
        {
            Assert.That(KvCacheBudget.Whole(engine, ServingMode.Static, 51397597184, null), Is.EqualTo(100e9 * 0.9).Within(1e-3));
            Assert.That(KvCacheBudget.ForTest(engine, ServingMode.Static, 51397597184, null), Is.EqualTo(100e9 * 0.9 * 0.985 * 0.98).Within(1e-3));
        });
    }

    [Test]
    public void The_others_take_their_fraction_of_the_device()
    {
        var engine = EngineSamples.Engine();

        Assert.Multiple(() =>
        {
            Assert.That(KvCacheBudget.Whole(engine, ServingMode.Static, 1e10, null), Is.EqualTo((151397597184 * 0.92) - 1e10).Within(1e-3));
            Assert.That(KvCacheBudget.ForTest(engine, ServingMode.Static, 1e10, null), Is.EqualTo((151397597184 * 0.92 * 0.98) - 1e10).Within(1e-3));
        });
    }

    private static double Fraction(AicBackend backend, string version, ServingMode mode, double capacity, EngineLayout layout) =>
        KvCacheBudget.DefaultFraction(
            EngineSamples.Engine(layout: layout, backend: backend, version: version, system: EngineSamples.System("sample", capacity, 90)), mode);
}
