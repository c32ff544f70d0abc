using PowerPlanner.Benchmarks.Performance.Aic;
using PowerPlanner.Hosting;
using PowerPlanner.Planning;
using PowerPlanner.Planning.Search;
using PowerPlanner.Planning.Sweep;

namespace PowerPlanner.Benchmarks.Planning;

/// <summary>
/// <c>-- mixed-caps</c>, some minutes: what two caps among the replicas of one role would gain over the best single cap a role, which is what plans have: plain enumeration, watt by watt, on Qwen3-32B engines of
/// the H200. Replicas at the second cap run at the batch that is best there.
/// </summary>
internal static class MixedCapStudy
{
    private static readonly long[] Budgets = [3_000, 5_000, 8_000, 12_000, 20_000];

    public static bool IsAsked(string[] args) => args is ["mixed-caps"];

    public static async Task RunAsync()
    {
        await CheckAgainstThePlannerAsync();
        Console.WriteLine("| engine | step W | beside a GPU W | GPUs | budgets | mean % | median % | most % |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var stepWatts in (int[])[10, 1])
        {
            foreach (var tp in (int[])[2, 4, 8])
            {
                foreach (var nonGpuWatts in (int[])[0, 150])
                {
                    var (prefill, decode) = await FrontsAsync(tp, stepWatts, nonGpuWatts);
                    var (uniform, mixed) = (Best(prefill, decode, isMixed: false), Best(prefill, decode, isMixed: true));
                    Print(tp, stepWatts, nonGpuWatts, "any", Enumerable.Range(30, 171), uniform, mixed);
                }
            }

            foreach (var (tp, gpus) in ((int, int)[])[(2, 16), (2, 32), (4, 16), (4, 32)])
            {
                var (prefill, decode) = await FrontsAsync(tp, stepWatts, nonGpuWatts: 0);
                var (uniform, mixed) = (BestOf(prefill, decode, isMixed: false, gpus / tp), BestOf(prefill, decode, isMixed: true, gpus / tp));

                // From 200 W a GPU, the least cap, up to where hardly a cap binds.
                Print(tp, stepWatts, 0, $"{gpus}", Enumerable.Range(2 * gpus, 4 * gpus).Where(hundred => hundred * 100 <= Budgets.Max()), uniform, mixed);
            }
        }
    }

    // Single budgets may be lucky: what counts is the mean over all.
    private static void Print(int tp, int stepWatts, int nonGpuWatts, string gpus, IEnumerable<int> hundreds, Func<long, double> uniform, Func<long, double> mixed)
    {
        var gains = hundreds.Select(hundred => Gain(uniform(hundred * 100L), mixed(hundred * 100L))).Where(double.IsFinite).Order().ToList();
        Console.WriteLine(FormattableString.Invariant($"| tp {tp} | {stepWatts} | {nonGpuWatts} | {gpus} | {gains.Count} | {gains.Average():0.00} | {gains[gains.Count / 2]:0.00} | {gains[^1]:0.00} |"));
    }

    // The study's own enumeration, with one cap a role, must be what the planner finds.
    private static async Task CheckAgainstThePlannerAsync()
    {
        var problem = await ProblemAsync(4, 10, 0);
        var (prefill, decode) = await FrontsAsync(4, 10, 0);
        var uniform = Best(prefill, decode, isMixed: false);
        foreach (var budget in Budgets)
        {
            var planned = Planner.Plan(problem with { Limits = problem.Limits with { BudgetWatts = budget } }).Plan?.ThroughputRequestsPerSecond ?? 0;
            if (Math.Abs(uniform(budget) - planned) > 1e-9)
            {
                throw new InvalidOperationException($"At {budget} W the planner serves {planned} requests/s and the enumeration {uniform(budget)}.");
            }
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
        return await PlanningProblemFactory.CreateAsync(options, new PerformanceModelBuilder(new AicCatalog(Dense.SystemsDirectory, Path.Combine(Dense.SystemsDirectory, "..", "model_configs"))));
    }
}
