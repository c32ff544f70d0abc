using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Planning;

/// <summary>Small problems over tables of operating points, from a seed. Numbers come from short lists, so that ties are common.</summary>
internal static class RandomProblems
{
    private static readonly double[] Latencies = [5, 8, 10, 12, 15, 16, 20, 24, 25, 30, 40, 50];
    private static readonly double[] Powers = [0, 100, 110, 150, 200, 220, 300, 330, 400, 500, 900];
    private static readonly int[] Caps = [100, 150, 200, 300, 400];
    private static readonly double[] Coefficients = [0.5, 1, 1, 1, 1.1, 1.25, 2];

    public static PlanningProblem Create(int seed)
    {
        var random = new Random(seed);
        var isPair = random.Next(3) > 0;
        var (prefillTable, decodeTable) = (Table(random), Table(random));
        var (isl, osl) = (Pick(random, 1, 10, 100), Pick(random, 1, 2, 7, 10));
        var decodeModel = new TablePerformanceModel(isPair ? [new TablePrefillPoint(1)] : prefillTable.Prefill, decodeTable.Decode, (long)(isl + osl) * Pick(random, 0, 1, 3, 5, 6, 6, 6, 6) + random.Next(isl + osl), decodeTable.Nameplate);
        var prefillModel = new TablePerformanceModel(prefillTable.Prefill, [new TableDecodePoint(1, 1)], 0, prefillTable.Nameplate);
        var (prefillLayout, decodeLayout) = (Layout(random), Layout(random));
        var min = Pick(random, 1, 1, 1, 2, 3);
        var problem = new PlanningProblem
        {
            Mode = isPair ? DeploymentMode.Disaggregated : DeploymentMode.Aggregated,
            Isl = isl,
            Osl = osl,
            TtftTargetMs = Pick(random, 12, 24, 50, 100, 100, 100.0),
            ItlTargetMs = Pick(random, 12, 24, 50, 100, 100, 100.0),
            PrefillEngine = isPair ? new PlanningEngine(prefillModel, prefillLayout) : null,
            DecodeEngine = isPair ? new PlanningEngine(decodeModel, decodeLayout) : null,
            AggregatedEngine = isPair ? null : new PlanningEngine(decodeModel, decodeLayout),
            Limits = new PlanningLimits
            {
                BudgetWatts = random.Next(4) == 0 ? null : random.Next(0, 12_000),
                GpuBudget = random.Next(3) == 0 ? null : random.Next(0, 40),
                PrefillCapLimits = Limits(random),
                DecodeCapLimits = Limits(random),
            },
            Corrections = new Corrections(Pick(random, Coefficients), Pick(random, Coefficients), Pick(random, Coefficients), Pick(random, Coefficients), Pick(random, Coefficients)),
            MinPrefillReplicas = min,
            MinDecodeReplicas = random.Next(2) == 0 ? min : Pick(random, 1, 2),
            MaxReplicas = Pick(random, 3, 5, 8),
            MaxBatch = random.Next(4) == 0 ? random.Next(1, 7) : null,
            Batches = Pick(random, BatchPolicy.All, BatchPolicy.All, BatchPolicy.Largest),
            NameplateWatts = random.Next(3) == 0 ? Pick(random, 150.0, 300, 700) : null,
            PrefillFallbackCapWatts = Pick(random, 100, 300),
            DecodeFallbackCapWatts = Pick(random, 100, 300),
            PrefillUtilization = Pick(random, 0.9, 1),
            DecodeUtilization = Pick(random, 0.92, 1),
            MinimumPowerCoverage = 0.5,
            NonGpuWattsPerGpu = Pick(random, 0, 0, 50, 100),
            AggregatedCapPolicy = Pick(random, AggregatedCapPolicy.Max, AggregatedCapPolicy.Mean),
        };

        if (random.Next(5) == 0)
        {
            return problem with { ReplicaPolicy = ReplicaPolicy.DecodeFirst };
        }

        var objective = Pick(random, PlanningObjective.Throughput, PlanningObjective.Throughput, PlanningObjective.Efficiency, PlanningObjective.LeastPower);
        double? demand = objective == PlanningObjective.LeastPower || random.Next(3) == 0 ? Pick(random, 10, 25, 50, 100, 200, 400, 1000.0) : null;
        return problem with { Objective = objective, TargetRequestsPerSecond = demand };
    }

    /// <summary>The same problems with a charge floor on one role or both, so that different caps are often charged alike.</summary>
    public static PlanningProblem WithChargeFloors(this PlanningProblem problem, int seed)
    {
        var random = new Random(seed);
        var both = random.Next(3);
        return problem with
        {
            Limits = problem.Limits with
            {
                PrefillChargeFloorWatts = both == 0 ? null : Pick(random, 1, 150, 200, 250, 300, 400, 700),
                DecodeChargeFloorWatts = both == 1 ? null : Pick(random, 1, 150, 200, 250, 300, 400, 700),
            },
        };
    }

    /// <summary>A problem with many points of smooth random numbers: few ties, long fronts.</summary>
    public static PlanningProblem CreateLarge(int seed)
    {
        var random = new Random(seed);
        var problem = Create(seed);
        var table = new TablePerformanceModel(
            Enumerable.Range(0, 12).Select(_ => new TablePrefillPoint(10 + (40 * random.NextDouble()), 100 + (300 * random.NextDouble()))),
            Enumerable.Range(1, 60).Select(batch => new TableDecodePoint(batch, 5 + (batch * 0.2) + (5 * random.NextDouble()), 100 + (4 * batch) + (50 * random.NextDouble()))),
            60L * (problem.Isl + problem.Osl));
        return problem.WithModel(table) with
        {
            TtftTargetMs = 60,
            ItlTargetMs = 40,
            MaxBatch = null,
            MaxReplicas = 14,
            Corrections = Corrections.None with { PowerDecode = 1 + random.NextDouble() },
            Limits = problem.Limits with { BudgetWatts = random.Next(1000, 30_000), GpuBudget = random.Next(2) == 0 ? null : random.Next(10, 100) },
        };
    }

    private static (List<TablePrefillPoint> Prefill, List<TableDecodePoint> Decode, double? Nameplate) Table(Random random)
    {
        var ownCaps = random.Next(3);
        int? OwnCap() => ownCaps == 0 || (ownCaps == 1 && random.Next(2) == 0) ? null : Pick(random, Caps);
        var prefill = Enumerable.Range(0, random.Next(1, 11)).Select(_ => new TablePrefillPoint(Pick(random, Latencies), Pick(random, Powers), OwnCap())).ToList();
        var decode = Enumerable.Range(0, random.Next(1, 11)).Select(_ => new TableDecodePoint(random.Next(1, 7), Pick(random, Latencies), Pick(random, Powers), OwnCap())).ToList();
        return (prefill, decode, random.Next(2) == 0 ? null : Pick(random, 200.0, 400));
    }

    private static EngineLayout Layout(Random random) => new(Pick(random, 1, 1, 2, 4), Pick(random, 1, 1, 2), Pick(random, 1, 1, 2, 3, 8));

    private static GpuPowerLimits? Limits(Random random) => random.Next(2) == 0 ? null : new GpuPowerLimits(Pick(random, 50, 150, 200), Pick(random, 210, 300, 500));

    private static T Pick<T>(Random random, params T[] values) => values[random.Next(values.Length)];
}
