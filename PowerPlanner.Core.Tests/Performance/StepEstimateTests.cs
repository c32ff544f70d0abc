using PowerPlanner.Performance;
using PowerPlanner.Tests.Planning;

namespace PowerPlanner.Tests.Performance;

internal sealed class StepEstimateTests
{
    [Test]
    public void The_energy_of_a_sequence_is_that_of_all_GPUs_over_the_sequences_in_flight()
    {
        // 16 GPUs at 400 W for 20 ms = 128 J, in which 2 ranks and 2 stages work on 8 sequences each.
        var step = new StepEstimate(20, 400, 0.7, Provenance.Measured);

        Assert.That(step.JoulesPerSequence(new EngineLayout(4, 2, 2), 8), Is.EqualTo(4).Within(1e-12));
        Assert.That(step.JoulesPerSequence(new EngineLayout(4, contextParallel: 2), 8), Is.EqualTo(8).Within(1e-12), "ranks that share a prefill work on the same sequences");
    }

    [Test]
    public void Energy_that_is_not_known_is_absent()
    {
        Assert.That(new StepEstimate(20, null, 0, Provenance.Measured).JoulesPerSequence(new EngineLayout(4), 1), Is.Null);
        Assert.That(StepEstimate.NoData.JoulesPerSequence(new EngineLayout(4), 1), Is.Null);
    }

    [Test]
    public void A_batch_below_one_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new StepEstimate(20, 400, 1, Provenance.Measured).JoulesPerSequence(new EngineLayout(4), 0));

    [Test]
    public void A_plan_whose_roles_are_equally_fast_spends_what_its_steps_spend()
    {
        // 20 requests/s of each role: one prefill step and OSL decode steps a request.
        var problem = Problems.Unit();
        var plan = Problems.Feasible(problem);

        var prefill = problem.PrefillEngine!.Model.EstimatePrefill(new PrefillQuery(problem.Isl)).JoulesPerSequence(problem.PrefillEngine.Layout, 1);
        var decode = problem.DecodeEngine!.Model.EstimateDecode(new DecodeQuery(plan.DecodeBatch, problem.Isl)).JoulesPerSequence(problem.DecodeEngine.Layout, plan.DecodeBatch);
        var decodeShare = plan.ThroughputRequestsPerSecond / plan.RequestsPerSecondPerDecodeReplica / plan.DecodeReplicas;

        Assert.That(plan.JoulesPerRequest, Is.EqualTo(prefill!.Value + (problem.Osl * decode!.Value / decodeShare)).Within(1e-9));
    }
}
