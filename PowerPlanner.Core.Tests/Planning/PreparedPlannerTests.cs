using PowerPlanner.Admission;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Planning;

internal sealed class PreparedPlannerTests
{
    [Test]
    public void Planning_again_asks_the_models_nothing()
    {
        var model = new CountingModel();
        var problem = Problems.Unit().WithModel(model) with { Batches = BatchPolicy.All };
        var prepared = Planner.Prepare(problem);
        var questions = model.Questions;

        prepared.Plan(problem.Limits with { BudgetWatts = 12_345 }, Corrections.None with { PowerDecode = 1.3 });
        prepared.Frontier(problem.Limits, problem.Corrections);
        prepared.Explain(problem.Limits, problem.Corrections);

        Assert.That(questions, Is.GreaterThan(0));
        Assert.That(model.Questions, Is.EqualTo(questions));
    }

    [Test]
    public void Planning_again_allocates_nothing_but_the_plan()
    {
        var problem = Problems.Unit(kvTokens: 3000 * 1200) with { Batches = BatchPolicy.All };
        var prepared = Planner.Prepare(problem);
        prepared.Plan();

        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = prepared.Plan(problem.Limits with { BudgetWatts = 20_000 }, Corrections.None with { Itl = 1.2 });
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(result.IsFeasible);
        Assert.That(allocated, Is.LessThanOrEqualTo(400), "a result and a plan are about 350 bytes");
    }

    [Test]
    public void A_new_range_of_caps_takes_effect_at_once_and_can_be_taken_back()
    {
        var problem = Problems.Unit() with { MaxReplicas = 1, Limits = default };
        var prepared = Planner.Prepare(problem);
        var free = prepared.Plan();

        var limited = prepared.Plan(new PlanningLimits { PrefillCapLimits = new GpuPowerLimits(100, 200) }, Corrections.None).Plan!;
        var again = prepared.Plan();

        Assert.That((limited.PrefillCapWatts, limited.TtftMs, limited.DecodeCapWatts), Is.EqualTo((200, 100.0, 300)));
        Assert.That(again, Is.EqualTo(free));
    }

    [Test]
    public void Several_threads_may_plan_at_once()
    {
        var problem = Problems.Unit(kvTokens: 300 * 1200) with { Batches = BatchPolicy.All };
        var prepared = Planner.Prepare(problem);
        var questions = Enumerable.Range(0, 400).Select(i => new PlanningLimits { BudgetWatts = 5000 + (100 * (i % 40)), PrefillCapLimits = i % 3 == 0 ? new GpuPowerLimits(100, 350) : null }).ToArray();
        var expected = questions.Select(limits => Planner.Plan(problem with { Limits = limits })).ToArray();
        var actual = new PlanResult[questions.Length];

        Parallel.For(0, questions.Length, i => actual[i] = prepared.Plan(questions[i], problem.Corrections));

        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void A_failed_model_fails_every_plan_and_throws_nowhere()
    {
        var problem = Problems.Unit(kvTokens: 100);
        var prepared = Planner.Prepare(problem);

        Assert.That(prepared.HasOperatingPoints, Is.False);
        Assert.That(prepared.Plan().Reason, Is.EqualTo(InfeasibleReason.KvInfeasible));
        Assert.That(prepared.PlanBestEffort(problem.Limits, problem.Corrections).Reason, Is.EqualTo(InfeasibleReason.KvInfeasible));
        Assert.That(prepared.Frontier(problem.Limits, problem.Corrections), Is.Empty);
        Assert.That(prepared.Explain(problem.Limits, problem.Corrections), Is.Null);
    }

    [Test]
    [Property("Rule", "LIB-10.1-a")]
    [Property("Rule", "LIB-10.1-b")]
    public void Thetas_agree_with_the_admission_mathematics([Values] bool aggregated)
    {
        var pair = Problems.Unit() with { Osl = 201, PrefillUtilization = 0.9, DecodeUtilization = 0.92 };
        var problem = aggregated ? pair.Aggregated() with { TtftTargetMs = 1000 } : pair;

        var plan = Problems.Feasible(problem);

        Assert.That(plan.ThetaDecode, Is.EqualTo(ImpliedUtilization.Decode(plan.DecodeBatch, plan.Isl, plan.Osl, 50_000)));
        Assert.That(plan.ThetaPrefillFraction, Is.EqualTo(ImpliedUtilization.PrefillFraction(plan.ThroughputRequestsPerSecond, plan.TtftMs, aggregated ? plan.DecodeReplicas : plan.PrefillReplicas)).Within(1e-15));
    }

    private sealed class CountingModel : IPerformanceModel
    {
        private readonly FixedPerformanceModel _model = new(50, 10, 50_000, 400, 300);

        public int Questions { get; private set; }

        public double? NameplateWatts => 700;

        public long KvCapacityTokens => _model.KvCapacityTokens;

        public StepEstimate EstimatePrefill(PrefillQuery query)
        {
            Questions++;
            return _model.EstimatePrefill(query);
        }

        public StepEstimate EstimateDecode(DecodeQuery query)
        {
            Questions++;
            return _model.EstimateDecode(query);
        }
    }
}
