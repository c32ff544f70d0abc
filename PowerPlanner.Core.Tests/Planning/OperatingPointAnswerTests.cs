using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Planning;

/// <summary>What models say at the operating point of a plan.</summary>
internal sealed class OperatingPointAnswerTests
{
    [Test]
    public void The_answer_at_a_plan_of_the_same_planner_is_what_the_plan_was_made_of()
    {
        var asked = 0;
        for (var seed = 0; seed < 20_000; seed++)
        {
            var problem = RandomProblems.Create(seed).WithChargeFloors(seed);
            var prepared = Planner.Prepare(problem);
            if (prepared.Plan().Plan is not { } plan)
            {
                continue;
            }

            asked++;
            var answer = prepared.AnswerAt(plan, problem.Limits)!.Value;
            var caps = answer.CapsUnder(problem.Limits, problem.Corrections);
            var same = (answer.TtftMs, answer.ItlMs, answer.PrefillPower.Watts, answer.DecodePower.Watts, answer.AggregatedPower?.Watts, caps)
                == (plan.TtftMs, plan.ItlMs, plan.PrefillPower.Watts, plan.DecodePower.Watts, plan.AggregatedPower?.Watts, (plan.PrefillCapWatts, plan.DecodeCapWatts));
            if (!same)
            {
                Assert.Fail($"Seed {seed}: {answer}, caps {caps}\n{plan}\n{problem}");
            }
        }

        Assert.That(asked, Is.GreaterThan(5_000));
    }

    [Test]
    public void Another_model_answers_for_the_same_batch()
    {
        var plan = Problems.Feasible(Problems.Unit(prefillWatts: null));
        var measured = Planner.Prepare(Problems.Unit(prefillWatts: 410, decodeWatts: 1275, ttftMs: 60));

        var answer = measured.AnswerAt(plan, Problems.Unit().Limits)!.Value;

        Assert.That(plan.PrefillPower, Is.EqualTo(new SidePower(700, null, IsValid: true, PowerSource.Nameplate)));
        Assert.That(answer.PrefillPower, Is.EqualTo(new SidePower(410, 410, IsValid: true, PowerSource.Prediction)));
        Assert.That(answer.DecodePower, Is.EqualTo(new SidePower(700, 1275, IsValid: false, PowerSource.Prediction)));
        Assert.That((answer.TtftMs, answer.ItlMs, answer.AggregatedPower), Is.EqualTo((60.0, 10.0, (SidePower?)null)));
    }

    [Test]
    public void A_batch_that_was_not_swept_has_no_answer()
    {
        var plan = Problems.Feasible(Problems.Unit());
        var smaller = Planner.Prepare(Problems.Unit(kvTokens: 20_000));

        Assert.That(plan.DecodeBatch, Is.EqualTo(41));
        Assert.That(smaller.AnswerAt(plan, default), Is.Null);
    }

    [Test]
    public void A_failed_model_has_no_answer() =>
        Assert.That(Planner.Prepare(Problems.Unit(kvTokens: 100)).AnswerAt(Problems.Feasible(Problems.Unit()), default), Is.Null);

    [Test]
    public void An_aggregated_engine_answers_with_what_its_policy_yields([Values] AggregatedCapPolicy policy)
    {
        var problem = Problems.Unit().Aggregated() with { TtftTargetMs = 1000, AggregatedCapPolicy = policy };
        var expected = policy == AggregatedCapPolicy.Max ? 400 : 350;

        var answer = Planner.Prepare(problem).AnswerAt(Problems.Feasible(problem), problem.Limits)!.Value;

        Assert.That(answer.AggregatedPower!.Value.Watts, Is.EqualTo(expected));
        Assert.That(answer.CapsUnder(problem.Limits, Corrections.None with { PowerAggregated = 1.1, PowerPrefill = 2, PowerDecode = 2 }), Is.EqualTo((expected * 11 / 10, expected * 11 / 10)));
    }

    [Test]
    public void Caps_follow_each_coefficient_into_its_range()
    {
        var problem = Problems.Unit();
        var answer = Planner.Prepare(problem).AnswerAt(Problems.Feasible(problem), problem.Limits)!.Value;
        var limits = new PlanningLimits { PrefillCapLimits = new GpuPowerLimits(200, 420), DecodeCapLimits = new GpuPowerLimits(200, 700) };

        Assert.That(answer.CapsUnder(problem.Limits, Corrections.None with { PowerPrefill = 1.1, PowerDecode = 0.5 }), Is.EqualTo((440, 300)));
        Assert.That(answer.CapsUnder(limits, Corrections.None with { PowerPrefill = 1.1, PowerDecode = 2 }), Is.EqualTo((420, 600)));
    }

    [Test]
    public void A_point_with_its_own_cap_keeps_it_under_every_coefficient()
    {
        var model = new TablePerformanceModel(
            [new TablePrefillPoint(50, 380, 400), new TablePrefillPoint(80, 290, 300)],
            [new TableDecodePoint(16, 10, 300, 350), new TableDecodePoint(16, 14, 240, 250)],
            50_000);
        var problem = Problems.Unit().WithModel(model) with { Limits = new PlanningLimits { GpuBudget = 16 } };
        var prepared = Planner.Prepare(problem);
        var answer = prepared.AnswerAt(prepared.Plan().Plan!, problem.Limits)!.Value;
        var doubled = Corrections.None with { PowerPrefill = 2, PowerDecode = 2 };

        Assert.That((answer.OwnPrefillCapWatts, answer.OwnDecodeCapWatts), Is.EqualTo(((int?)300, (int?)350)), "the plan takes the prefill point that suffices");
        Assert.That(answer.CapsUnder(problem.Limits, doubled), Is.EqualTo((300, 350)));
        Assert.That(answer.CapsUnder(new PlanningLimits { DecodeCapLimits = new GpuPowerLimits(100, 320) }, doubled), Is.EqualTo((300, 320)));
    }

    [Test]
    public void Latencies_are_those_under_the_range_of_caps()
    {
        var problem = Problems.Unit();
        var plan = Problems.Feasible(problem);

        var answer = Planner.Prepare(problem).AnswerAt(plan, new PlanningLimits { PrefillCapLimits = new GpuPowerLimits(100, 200) })!.Value;

        Assert.That((plan.TtftMs, answer.TtftMs), Is.EqualTo((50.0, 100.0)), "400 W under a cap of 200 W");
    }

    [Test]
    public void Asking_allocates_nothing()
    {
        var problem = Problems.Unit(kvTokens: 3000 * 1200) with { Batches = BatchPolicy.All };
        var prepared = Planner.Prepare(problem);
        var plan = prepared.Plan().Plan!;
        var sum = Ask(prepared, plan, problem.Limits);

        var before = GC.GetAllocatedBytesForCurrentThread();
        sum += Ask(prepared, plan, problem.Limits);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(allocated, Is.Zero, $"{sum}");
    }

    private static int Ask(PreparedPlanner prepared, PowerPlan plan, in PlanningLimits limits) =>
        prepared.AnswerAt(plan, limits)!.Value.CapsUnder(limits, Corrections.None with { PowerPrefill = 1.2 }).PrefillWatts;
}
