using PowerPlanner.Hosting;
using PowerPlanner.Planning;
using PowerPlanner.Planning.Search;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Tests.Planning;

/// <summary>
/// What two caps among the replicas of one role would gain over the best single cap a role, which is what plans have: plain enumeration, watt by watt, on Qwen3-32B engines of
/// the H200. Replicas at the second cap run at the batch that is best there.
/// </summary>
[Explicit("On request: a study of minutes that proves nothing, it measures")]
internal sealed class MixedCapStudy
{
    private static readonly long[] Budgets = [3_000, 5_000, 8_000, 12_000, 20_000];

    [Test]
    public async Task What_two_caps_a_role_gain([Values(2, 4, 8)] int tp, [Values(10, 1)] int stepWatts, [Values(0, 150)] int nonGpuWatts)
    {
        var (prefill, decode) = await FrontsAsync(tp, stepWatts, nonGpuWatts);
        var (uniform, mixed) = (Best(prefill, decode, isMixed: false), Best(prefill, decode, isMixed: true));

        foreach (var budget in Budgets.Where(budget => uniform(budget) > 0))
        {
            var (one, two) = (uniform(budget), mixed(budget));
            TestContext.Out.WriteLine(FormattableString.Invariant($"tp {tp}, step {stepWatts} W, {nonGpuWatts} W beside a GPU, {budget} W: {one:0.###} requests/s with one cap a role, {two:0.###} with two: {Gain(one, two):0.00} %"));
            Assert.That(two, Is.GreaterThanOrEqualTo(one * (1 - 1e-12)));
        }

        // Single budgets may be lucky: the mean over all.
        var gains = Enumerable.Range(30, 171).Select(hundred => Gain(uniform(hundred * 100), mixed(hundred * 100))).Where(double.IsFinite).Order().ToList();
        TestContext.Out.WriteLine(FormattableString.Invariant($"tp {tp}, step {stepWatts} W, {nonGpuWatts} W beside a GPU, {gains.Count} budgets from 3 to 20 kW: mean {gains.Average():0.00} %, median {gains[gains.Count / 2]:0.00} %, most {gains[^1]:0.00} %"));
    }

    [Test]
    public async Task What_two_caps_a_role_gain_under_a_ceiling_of_GPUs([Values(2, 4)] int tp, [Values(10, 1)] int stepWatts, [Values(16, 32)] int gpus)
    {
        var (prefill, decode) = await FrontsAsync(tp, stepWatts, nonGpuWatts: 0);
        var replicas = gpus / tp;
        var (uniform, mixed) = (BestOf(prefill, decode, isMixed: false, replicas), BestOf(prefill, decode, isMixed: true, replicas));

        // From 200 W a GPU, the least cap, up to where hardly a cap binds.
        var gains = Enumerable.Range(2 * gpus, 4 * gpus).Select(hundred => hundred * 100).Where(watts => watts <= Budgets.Max()).Select(watts => Gain(uniform(watts), mixed(watts))).Where(double.IsFinite).Order().ToList();
        TestContext.Out.WriteLine(FormattableString.Invariant($"tp {tp}, step {stepWatts} W, {gpus} GPUs, {gains.Count} budgets: mean {gains.Average():0.00} %, median {gains[gains.Count / 2]:0.00} %, most {gains[^1]:0.00} %"));
        Assert.That(gains[0], Is.GreaterThanOrEqualTo(-1e-9));
    }

    [Test]
    public async Task The_enumeration_with_one_cap_is_the_planner()
    {
        var problem = await ProblemAsync(4, 10, 0);
        var (prefill, decode) = await FrontsAsync(4, 10, 0);
        var uniform = Best(prefill, decode, isMixed: false);

        foreach (var budget in Budgets)
        {
            var plan = Planner.Plan(problem with { Limits = problem.Limits with { BudgetWatts = budget } }).Plan;
            Assert.That(uniform(budget), Is.EqualTo(plan?.ThroughputRequestsPerSecond ?? 0).Within(1e-9), $"{budget} W");
        }
    }

    private static double Gain(double one, double two) => 100 * ((two / one) - 1);

    /// <summary>The best throughput within a budget: of every split of the watts, the slower role's.</summary>
    private static Func<long, double> Best(FrontPoint[] prefill, FrontPoint[] decode, bool isMixed)
    {
        var (p, d) = (Rates(prefill, isMixed), Rates(decode, isMixed));
        return budget =>
        {
            var best = 0.0;
            for (var watts = 0; watts <= budget; watts++)
            {
                best = Math.Max(best, Math.Min(p[watts], d[budget - watts]));
            }

            return best;
        };
    }

    /// <summary>The same where both roles together have so many replicas at most.</summary>
    private static Func<long, double> BestOf(FrontPoint[] prefill, FrontPoint[] decode, bool isMixed, int replicas)
    {
        var p = Enumerable.Range(0, replicas).Select(most => Rates(prefill, isMixed, most)).ToArray();
        var d = Enumerable.Range(0, replicas).Select(most => Rates(decode, isMixed, most)).ToArray();
        return budget =>
        {
            var best = 0.0;
            for (var n = 1; n < replicas; n++)
            {
                for (var watts = 0; watts <= budget; watts++)
                {
                    best = Math.Max(best, Math.Min(p[n][watts], d[replicas - n][budget - watts]));
                }
            }

            return best;
        };
    }

    /// <summary>The most requests/s that one role serves within each number of watts.</summary>
    private static double[] Rates(FrontPoint[] front, bool isMixed, long mostReplicas = long.MaxValue)
    {
        var rates = new double[Budgets.Max() + 1];
        foreach (var first in front)
        {
            for (var n = 1L; n <= mostReplicas && n * first.Watts < rates.Length; n++)
            {
                Raise(n * first.Watts, n * first.Rate);
                foreach (var second in isMixed ? front : [])
                {
                    for (var m = 1L; n + m <= mostReplicas && (n * first.Watts) + (m * second.Watts) < rates.Length; m++)
                    {
                        Raise((n * first.Watts) + (m * second.Watts), (n * first.Rate) + (m * second.Rate));
                    }
                }
            }
        }

        for (var watts = 1; watts < rates.Length; watts++)
        {
            rates[watts] = Math.Max(rates[watts], rates[watts - 1]);
        }

        return rates;

        void Raise(long watts, double rate) => rates[watts] = Math.Max(rates[watts], rate);
    }

    private static async Task<(FrontPoint[] Prefill, FrontPoint[] Decode)> FrontsAsync(int tp, int stepWatts, int nonGpuWatts)
    {
        var problem = await ProblemAsync(tp, stepWatts, nonGpuWatts);
        var points = DeploymentPoints.Create(problem, ModelSweeper.Sweep(problem, CancellationToken.None), problem.Limits);
        var terms = new SearchTerms
        {
            Objective = PlanningObjective.Throughput,
            BudgetWatts = Budgets.Max(),
            GpuBudget = long.MaxValue,
            PrefillChargeFloorWatts = 0,
            DecodeChargeFloorWatts = 0,
            MaxReplicas = problem.MaxReplicas,
            Demand = double.PositiveInfinity,
            TtftLimitMs = problem.TtftTargetMs * (1 + 1e-9),
            ItlLimitMs = problem.ItlTargetMs * (1 + 1e-9),
        };
        using var prefill = Candidates.OfPrefill(problem, points, problem.Corrections, terms);
        using var decode = Candidates.OfDecode(problem, points, problem.Corrections, terms);
        return (prefill.Front.ToArray(), decode.Front.ToArray());
    }

    private static async Task<PlanningProblem> ProblemAsync(int tp, int stepWatts, int nonGpuWatts)
    {
        var options = new PowerPlannerOptions
        {
            Isl = 2048,
            Osl = 256,
            TtftMs = 800,
            ItlMs = 40,
            PrefillEngine = new EngineOptions { Tp = tp },
            DecodeEngine = new EngineOptions { Tp = tp },
            GpuLimits = new GpuLimitsOptions { MinWatts = 200, MaxWatts = 700 },
            NonGpuWattsPerGpu = nonGpuWatts,
            PowerSweep = PowerSweep.Grid,
            PowerSweepStepWatts = stepWatts,
            Performance = new PerformanceOptions { Kind = PerformanceKind.Aic, Model = "Qwen/Qwen3-32B", System = "h200_sxm", Backend = "vllm", Version = "0.22.0" },
        };
        return await PlanningProblemFactory.CreateAsync(options, new PerformanceModelBuilder(new AicCatalog(RealTables.SystemsDirectory, RealTables.ModelsDirectory)));
    }
}
