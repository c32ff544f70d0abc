using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Composition;

namespace PowerPlanner.Tests.Performance.Aic.Composition;

internal sealed class AggregatedCompositionTests
{
    // A mixed step takes 12 ms here (1 + 1 + 10), a decode step 10 ms; Qwen3-32B has 64 layers.
    [Test]
    public void VLLM_adds_its_overhead_and_queueing()
    {
        var cycle = Compose(AicBackend.Vllm, 16, 2048, 1500, 200);

        Assert.That(cycle.TtftMs, Is.EqualTo((12 + 51.2) * 1.5).Within(1e-12));
    }

    [TestCase(1, 1000, 1.9)]
    [TestCase(3, 1000, 2.0)]
    [TestCase(16, 1000, 2.65)]
    [TestCase(400, 1000, 4.0)]
    public void The_others_queue_by_prefill_steps(int batch, int isl, double factor) =>
        Assert.That(Compose(AicBackend.Sglang, batch, isl, isl, 2).TtftMs, Is.EqualTo((batch == 1 ? 2 : 12) * factor).Within(1e-12));

    [Test]
    public void A_long_prompt_waits_for_all_its_chunks() =>
        Assert.That(Compose(AicBackend.Vllm, 1, 500, 1500, 50).TtftMs, Is.EqualTo(((1 + (1.0 / 3)) * 3) + 51.2).Within(1e-12));

    [Test]
    public void A_token_sees_the_mean_of_mixed_and_decode_steps()
    {
        var cycle = Compose(AicBackend.Sglang, 16, 2048, 1500, 200);

        Assert.Multiple(() =>
        {
            Assert.That(cycle.ItlMs, Is.EqualTo(((12.0 * 9) + (10 * 188)) / 197).Within(1e-12));
            Assert.That(cycle.RequestMs, Is.EqualTo(cycle.TtftMs + (cycle.ItlMs * 199)).Within(1e-9));
            Assert.That(cycle.Cost.LatencyMs, Is.EqualTo((12 * 12) + (10 * 188)).Within(1e-9));
            Assert.That(cycle.RequestsPerSecond, Is.EqualTo(16000.0 / ((12 * 12) + (10 * 188))).Within(1e-12));
        });
    }

    [Test]
    public void VLLM_serves_no_faster_than_its_requests_end()
    {
        var cycle = Compose(AicBackend.Vllm, 16, 2048, 1500, 200);

        Assert.That(cycle.RequestsPerSecond, Is.EqualTo(16000 / cycle.RequestMs).Within(1e-12));
    }

    [Test]
    public void Stages_and_attention_ranks_multiply_rate_and_concurrency()
    {
        var one = Compose(AicBackend.Sglang, 16, 2048, 1500, 200);
        var six = Compose(AicBackend.Sglang, 16, 2048, 1500, 200, new EngineLayout(8, 2, 3));

        Assert.That((six.RequestsPerSecond / one.RequestsPerSecond, six.Concurrency), Is.EqualTo((6.0, 96.0)));
    }

    [Test]
    public void Accepted_draft_tokens_divide_the_latency_of_a_token()
    {
        var cycle = Compose(AicBackend.Vllm, 1, 1000, 1000, 101, progress: 2);

        Assert.That(cycle.ItlMs, Is.EqualTo(5).Within(1e-12));
    }

    [Test]
    public void One_output_token_has_a_rate_and_no_latency_of_its_own()
    {
        var cycle = Compose(AicBackend.Sglang, 1, 1000, 1000, 1);

        Assert.That((cycle.ItlMs, cycle.RequestsPerSecond), Is.EqualTo((0.0, 500.0)));
    }

    private static AggregatedCycle Compose(AicBackend backend, int batch, int contextTokens, int isl, int osl, EngineLayout? layout = null, double progress = 1) =>
        AggregatedComposition.Compose(
            new EngineSteps(new RecordingEvaluator(), 0), EngineSamples.Engine(layout: layout, backend: backend), batch, contextTokens, isl, osl, 0, progress);
}
