using PowerPlanner.Performance.Aic.Composition;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Tests.Performance.Aic.Composition;

internal sealed class EngineStepsTests
{
    private RecordingEvaluator _evaluator = null!;

    [SetUp]
    public void StartRecording() => _evaluator = new RecordingEvaluator();

    [Test]
    public void A_context_step_computes_what_is_not_cached()
    {
        new EngineSteps(_evaluator, 0).Context(3, 1000, 400);

        Assert.That(_evaluator.Asked, Is.EqualTo(new[] { "context All 3 × 600 + 400" }));
    }

    [Test]
    public void A_generation_looks_one_step_in_a_stride_up_and_counts_it_for_all()
    {
        var cost = new EngineSteps(_evaluator, 0).Generation(4, 1000, 71, 32);

        Assert.Multiple(() =>
        {
            Assert.That(_evaluator.Asked, Is.EqualTo(new[] { "generation All 4 at 1001", "generation All 4 at 1033", "generation All 4 at 1065" }));
            Assert.That(cost, Is.EqualTo(RecordingEvaluator.GenerationCost * 70));
        });
    }

    [Test]
    public void One_output_token_needs_no_decode_step()
    {
        var steps = new EngineSteps(_evaluator, 0);

        Assert.Multiple(() =>
        {
            Assert.That(steps.Generation(4, 1000, 1, 32), Is.EqualTo(OperationCost.Zero));
            Assert.That(steps.GenerationOperations(4, 1000, 1, 32), Is.Empty);
            Assert.That(_evaluator.Asked, Is.Empty);
        });
    }

    [Test]
    public void A_stride_longer_than_the_output_is_one_look_up() =>
        Assert.That(new EngineSteps(_evaluator, 0).Generation(4, 1000, 11, int.MaxValue), Is.EqualTo(RecordingEvaluator.GenerationCost * 10));

    [Test]
    public void Operations_of_a_generation_are_summed_by_name()
    {
        var operations = new EngineSteps(_evaluator, 0).GenerationOperations(4, 1000, 71, 32);

        Assert.Multiple(() =>
        {
            Assert.That(operations.Select(operation => operation.Name), Is.EqualTo(new[] { "a", "b" }));
            Assert.That(operations[0].Cost, Is.EqualTo(RecordingEvaluator.GenerationCost * 70));
            Assert.That(operations[1].Cost, Is.EqualTo(OperationCost.Zero));
        });
    }

    // Specification 10.7, the two worked mixed steps.
    [TestCase(2048, 14, 1500, 200, 0, "context ExceptAttention 1 × 2062 + 0; context AttentionOnly 2 × 1500 + 0; generation AttentionOnly 14 at 1601", 1)]
    [TestCase(700, 7, 1400, 300, 500, "context ExceptAttention 1 × 707 + 0; context AttentionOnly 1 × 900 + 500; generation AttentionOnly 7 at 1551", 2)]
    [TestCase(3000, 6, 1500, 60, 500, "context ExceptAttention 1 × 2006 + 1000; context AttentionOnly 2 × 1000 + 500; generation AttentionOnly 6 at 1531", 1)]
    public void A_mixed_step_has_three_passes(int contextTokens, int requests, int isl, int osl, int prefix, string asked, int divisor)
    {
        var cost = new EngineSteps(_evaluator, 0).Mixed(contextTokens, requests, isl, osl, prefix);

        Assert.Multiple(() =>
        {
            Assert.That(string.Join("; ", _evaluator.Asked), Is.EqualTo(asked));
            Assert.That(cost.LatencyMs, Is.EqualTo(1 + (1.0 / divisor) + 10));
            Assert.That(cost.EnergyMillijoules, Is.EqualTo(300 + (300.0 / divisor) + 2000));
        });
    }

    [TestCase(0, 5, "context ExceptAttention 1 × 5 + 0; generation AttentionOnly 5 at 1101")]
    [TestCase(512, 0, "context ExceptAttention 1 × 512 + 0; context AttentionOnly 1 × 1000 + 0")]
    public void A_mixed_step_leaves_an_empty_pass_out(int contextTokens, int requests, string asked)
    {
        new EngineSteps(_evaluator, 0).Mixed(contextTokens, requests, 1000, 200, 0);

        Assert.That(string.Join("; ", _evaluator.Asked), Is.EqualTo(asked));
    }

    [Test]
    public void Draft_tokens_are_rows_of_every_decode_step()
    {
        var steps = new EngineSteps(_evaluator, 2);

        steps.Decode(5, 700);
        steps.MeanDecode(5, 1000, 200);
        steps.Mixed(1000, 4, 1000, 200, 0);

        Assert.That(_evaluator.Asked, Is.EqualTo(new[]
        {
            "generation All 15 at 700", "generation All 15 at 1101",
            "context ExceptAttention 1 × 1012 + 0", "context AttentionOnly 1 × 1000 + 0", "generation AttentionOnly 12 at 1101",
        }));
    }

    [Test]
    public void A_step_without_data_is_not_a_number_to_those_who_try() =>
        Assert.That(new EngineSteps(new RecordingEvaluator(largestBatch: 4), 0).TryDecode(5, 700).LatencyMs, Is.NaN);

    [Test]
    public void Huge_steps_do_not_overflow()
    {
        new EngineSteps(_evaluator, 64).Mixed(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue - 1);

        Assert.That(string.Join("; ", _evaluator.Asked), Does.Not.Contain("-"));
    }

    [TestCase(12.0, 4.0, 3)]
    [TestCase(11.9, 4.0, 2)]
    [TestCase(4.0, 5.0, 0)]
    public void Floor_division_counts_whole_divisors(double dividend, double divisor, double expected) =>
        Assert.That(StepCount.FloorDivide(dividend, divisor), Is.EqualTo(expected));

    [Test]
    public void Floor_division_does_not_reach_a_quotient_that_only_rounds_up()
    {
        const double Tenth = 0.1;

        // 0.1 is a little more than a tenth as a double: nine of them fit into 1, although 1 / 0.1 rounds to 10.
        Assert.That(StepCount.FloorDivide(1, Tenth), Is.EqualTo(9));
    }
}
