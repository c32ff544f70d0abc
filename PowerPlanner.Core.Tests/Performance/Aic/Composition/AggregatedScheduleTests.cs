using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Composition;

namespace PowerPlanner.Tests.Performance.Aic.Composition;

internal sealed class AggregatedScheduleTests
{
    // Specification 10.6, "scheduling detail of two rows".
    [Test]
    public void VLLM_decodes_beside_the_prefill_and_then_alone() =>
        Assert.That(AggregatedSchedule.Of(AicBackend.Vllm, 16, 2048, 1500, 200, 1), Is.EqualTo(new AggregatedSchedule(12, 12, 188, 14, 16, 12)));

    [TestCase(AicBackend.Sglang)]
    [TestCase(AicBackend.TensorRtLlm)]
    public void The_others_spread_their_sequences_where_prefill_takes_longer(AicBackend backend) =>
        Assert.That(AggregatedSchedule.Of(backend, 8, 700, 1400, 4, 1), Is.EqualTo(new AggregatedSchedule(16, 16, 0, 2, 0, 16)));

    [Test]
    public void VLLM_does_not_spread_them() =>
        Assert.That(AggregatedSchedule.Of(AicBackend.Vllm, 8, 700, 1400, 4, 1), Is.EqualTo(new AggregatedSchedule(16, 16, 0, 7, 0, 16)));

    [Test]
    public void The_others_hide_three_mixed_steps_from_a_token() =>
        Assert.That(AggregatedSchedule.Of(AicBackend.Sglang, 16, 2048, 1500, 200, 1), Is.EqualTo(new AggregatedSchedule(12, 12, 188, 14, 16, 9)));

    [TestCase(1, 1, 1)]
    [TestCase(2, 2, 1)]
    [TestCase(5, 5, 2)]
    public void At_least_one_mixed_step_is_seen(int batch, int mixed, int weight) =>
        Assert.That(
            AggregatedSchedule.Of(AicBackend.TensorRtLlm, batch, 1000, 1000, 100, 1),
            batch == 1
                ? Is.EqualTo(new AggregatedSchedule(1, 1, 99, 0, 1, 0))
                : Is.EqualTo(new AggregatedSchedule(mixed, mixed, 100 - mixed, batch - 1, batch, weight)));

    [Test]
    public void A_single_sequence_prefills_once_and_decodes_alone() =>
        Assert.That(AggregatedSchedule.Of(AicBackend.Vllm, 1, 500, 1500, 50, 1), Is.EqualTo(new AggregatedSchedule(3, 1, 49, 0, 1, 0)));

    [Test]
    public void Accepted_draft_tokens_shorten_the_decoding() =>
        Assert.That(AggregatedSchedule.Of(AicBackend.Vllm, 4, 1000, 1000, 201, 2), Is.EqualTo(new AggregatedSchedule(4, 4, 97, 3, 4, 4)));

    [Test]
    public void A_mixed_step_decodes_at_least_one_sequence() =>
        Assert.That(AggregatedSchedule.Of(AicBackend.Vllm, 2, 2000, 1000, 100, 1).MixedRequests, Is.EqualTo(1));

    [Test]
    public void Huge_batches_do_not_overflow()
    {
        var schedule = AggregatedSchedule.Of(AicBackend.Vllm, int.MaxValue, 1, int.MaxValue, int.MaxValue, 1);

        Assert.That(schedule.PrefillSteps, Is.EqualTo((long)int.MaxValue * int.MaxValue));
    }
}
