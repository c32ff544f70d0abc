using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Planning;

/// <summary>
/// The planner's rules by plain enumeration of every pair of table points and every pair of counts: slow, literal, and with none of the
/// planner's code. Each stage of the total order is a filter.
/// </summary>
internal static class BruteForcePlanner
{
    public static BruteForceAnswer Plan(PlanningProblem problem)
    {
        var points = Points(problem);
        if (points.Failure is { } failure)
        {
            return new BruteForceAnswer { Reason = failure };
        }

        var (ttftFactor, itlFactor) = (Math.Max(1, problem.Corrections.Ttft), Math.Max(1, problem.Corrections.Itl));
        var pairs = points.Pairs;
        if (problem.ReplicaPolicy == ReplicaPolicy.DecodeFirst)
        {
            pairs = [Fastest(problem, pairs)];
        }

        pairs = pairs.Where(pair => AtMost(pair.TtftMs * ttftFactor, problem.TtftTargetMs) && AtMost(pair.ItlMs * itlFactor, problem.ItlTargetMs)).ToList();
        if (pairs.Count == 0)
        {
            return new BruteForceAnswer { Reason = InfeasibleReason.SlaInfeasible };
        }

        var (minPrefill, minDecode) = Minima(problem);
        var minGpus = pairs.Min(pair => Gpus(pair, minPrefill, minDecode));
        var minWatts = pairs.Min(pair => Watts(pair, minPrefill, minDecode));
        if (minGpus > (problem.Limits.GpuBudget ?? long.MaxValue))
        {
            return new BruteForceAnswer { Reason = InfeasibleReason.GpuBudgetInfeasible, MinimumGpus = minGpus, MinimumWatts = minWatts > (problem.Limits.BudgetWatts ?? long.MaxValue) ? minWatts : null };
        }

        if (minWatts > (problem.Limits.BudgetWatts ?? long.MaxValue))
        {
            return new BruteForceAnswer { Reason = InfeasibleReason.PowerBudgetInfeasible, MinimumWatts = minWatts };
        }

        if (problem.ReplicaPolicy == ReplicaPolicy.DecodeFirst)
        {
            return new BruteForceAnswer { Plan = DecodeFirst(problem, pairs[0]) };
        }

        var all = Enumerate(problem, pairs);
        var fitting = all.Where(plan => Fits(problem, plan)).ToList();
        var best = InOrder(problem, fitting);
        if (best is not null)
        {
            return new BruteForceAnswer { Plan = best };
        }

        var reaching = all.Where(plan => Reaches(plan, problem.TargetRequestsPerSecond!.Value)).ToList();
        return new BruteForceAnswer
        {
            Reason = InfeasibleReason.TargetInfeasible,
            MinimumWatts = reaching.Where(plan => plan.Gpus <= (problem.Limits.GpuBudget ?? long.MaxValue)).Select(plan => (long?)plan.Watts).Min(),
            MinimumGpus = reaching.Where(plan => plan.Watts <= (problem.Limits.BudgetWatts ?? long.MaxValue)).Select(plan => (long?)plan.Gpus).Min(),
        };
    }

    /// <summary>The best plan among those whose violation is within 10 % of the least one that fits the budgets.</summary>
    public static BruteForceAnswer PlanBestEffort(PlanningProblem problem)
    {
        var (minPrefill, minDecode) = Minima(problem);
        var fitting = Points(problem).Pairs.Where(pair => Fits(problem, Make(problem, pair, minPrefill, minDecode))).ToList();
        if (fitting.Count == 0)
        {
            return Plan(problem with { TtftTargetMs = 1e6, ItlTargetMs = 1e6 });
        }

        var least = fitting.Min(pair => Violation(problem, pair));
        return Plan(problem with { TtftTargetMs = problem.TtftTargetMs * least * 1.1, ItlTargetMs = problem.ItlTargetMs * least * 1.1 });
    }

    private static double Violation(PlanningProblem problem, PointPair pair) => Math.Max(
        pair.TtftMs * Math.Max(1, problem.Corrections.Ttft) / problem.TtftTargetMs,
        pair.ItlMs * Math.Max(1, problem.Corrections.Itl) / problem.ItlTargetMs);

    /// <summary>Every plan that serves more than all that draw less.</summary>
    public static List<BruteForcePlan> Frontier(PlanningProblem problem)
    {
        var answer = Plan(problem with { Objective = PlanningObjective.Throughput, TargetRequestsPerSecond = null, ReplicaPolicy = ReplicaPolicy.RateMatched });
        if (answer.Plan is null)
        {
            return [];
        }

        var (ttftFactor, itlFactor) = (Math.Max(1, problem.Corrections.Ttft), Math.Max(1, problem.Corrections.Itl));
        var pairs = Points(problem).Pairs.Where(pair => AtMost(pair.TtftMs * ttftFactor, problem.TtftTargetMs) && AtMost(pair.ItlMs * itlFactor, problem.ItlTargetMs)).ToList();
        var frontier = new List<BruteForcePlan>();
        var served = 0.0;
        foreach (var sameWatts in Enumerate(problem, pairs).Where(plan => Fits(problem, plan)).GroupBy(plan => plan.Watts).OrderBy(group => group.Key))
        {
            var most = sameWatts.Max(plan => plan.Throughput);
            if (most > served * (1 + 1e-12))
            {
                frontier.Add(Settle(sameWatts.Where(plan => Reaches(plan, most)), byWattsFirst: false));
                served = most;
            }
        }

        return frontier;
    }

    public static List<BruteForcePlan> Enumerate(PlanningProblem problem, List<PointPair> pairs)
    {
        var (minPrefill, minDecode) = Minima(problem);
        var maxPrefill = problem.Mode == DeploymentMode.Aggregated ? 0 : problem.MaxReplicas;
        var plans = new List<BruteForcePlan>();
        foreach (var pair in pairs)
        {
            for (var p = minPrefill; p <= maxPrefill; p++)
            {
                for (var d = minDecode; d <= problem.MaxReplicas; d++)
                {
                    plans.Add(Make(problem, pair, p, d));
                }
            }
        }

        return plans;
    }

    public static bool Fits(PlanningProblem problem, BruteForcePlan plan) =>
        plan.Watts <= (problem.Limits.BudgetWatts ?? long.MaxValue) && plan.Gpus <= (problem.Limits.GpuBudget ?? long.MaxValue);

    private static BruteForcePlan? InOrder(PlanningProblem problem, List<BruteForcePlan> plans)
    {
        var demand = problem.TargetRequestsPerSecond ?? double.PositiveInfinity;
        switch (problem.Objective)
        {
            case PlanningObjective.LeastPower:
                plans = plans.Where(plan => Reaches(plan, demand)).ToList();
                return plans.Count == 0 ? null : Settle(plans, byWattsFirst: true);
            case PlanningObjective.Cost when problem.TargetRequestsPerSecond is not null:
                plans = plans.Where(plan => Reaches(plan, demand)).ToList();
                return plans.Count == 0 ? null : Settle(Least(plans, plan => CostPerHour(problem, plan)), byWattsFirst: true);
            case PlanningObjective.Cost:
                var cheapest = plans.Min(plan => CostPerHour(problem, plan) / plan.Throughput);
                plans = plans.Where(plan => CostPerHour(problem, plan) / plan.Throughput <= cheapest * (1 + 1e-12)).ToList();
                break;
            case PlanningObjective.Efficiency:
                var mostEfficient = plans.Max(plan => Math.Min(plan.Throughput, demand) / plan.Watts);
                plans = plans.Where(plan => Math.Min(plan.Throughput, demand) / plan.Watts >= mostEfficient * (1 - 1e-12)).ToList();
                break;
        }

        var most = plans.Max(plan => Math.Min(plan.Throughput, demand));
        return Settle(plans.Where(plan => Reaches(plan, most)), byWattsFirst: false);
    }

    /// <summary>Electricity and emissions of the charged watts, currency.</summary>
    public static double CostPerHour(PlanningProblem problem, BruteForcePlan plan)
    {
        var kilowatts = plan.Watts / 1000.0;
        var tonnes = kilowatts * (problem.EnergyPrice!.CarbonGramsPerKwh ?? 0) / 1e6;
        return (kilowatts * (problem.EnergyPrice.ElectricityPerKwh ?? 0)) + (tonnes * (problem.EnergyPrice.CarbonPerTonne ?? 0));
    }

    private static BruteForcePlan Settle(IEnumerable<BruteForcePlan> plans, bool byWattsFirst)
    {
        var left = plans.ToList();
        if (byWattsFirst)
        {
            left = Least(left, plan => plan.Watts);
            left = Least(left, plan => plan.Gpus);
            var most = left.Max(plan => plan.Throughput);
            left = left.Where(plan => Reaches(plan, most)).ToList();
        }
        else
        {
            left = Least(left, plan => plan.Gpus);
            left = Least(left, plan => plan.Watts);
        }

        left = Least(left, plan => plan.Pair.Batch);
        left = Least(left, plan => -plan.PrefillReplicas);
        left = Least(left, plan => plan.Pair.PrefillCapWatts);
        left = Least(left, plan => plan.Pair.ItlMs);
        left = Least(left, plan => plan.Pair.TtftMs);
        left = Least(left, plan => plan.Pair.PrefillIndex);
        left = Least(left, plan => plan.Pair.DecodeIndex);
        return Least(left, plan => plan.Pair.DecodeCapWatts)[0];
    }

    private static List<BruteForcePlan> Least<TKey>(List<BruteForcePlan> plans, Func<BruteForcePlan, TKey> key)
        where TKey : IComparable<TKey>
    {
        var least = plans.Min(key)!;
        return plans.Where(plan => key(plan).CompareTo(least) == 0).ToList();
    }

    private static BruteForcePlan DecodeFirst(PlanningProblem problem, PointPair pair)
    {
        var (minPrefill, minDecode) = Minima(problem);
        var (prefill, decode) = (0, 0);
        for (var n = minDecode; n <= problem.MaxReplicas; n++)
        {
            decode = Fits(problem, Make(problem, pair, minPrefill, n)) ? n : decode;
        }

        for (var n = minPrefill; problem.Mode == DeploymentMode.Disaggregated && n <= problem.MaxReplicas; n++)
        {
            prefill = (problem.Limits.BudgetWatts is null ? n == minPrefill : Fits(problem, Make(problem, pair, n, decode))) ? n : prefill;
        }

        return Make(problem, pair, prefill, decode);
    }

    private static PointPair Fastest(PlanningProblem problem, List<PointPair> pairs) => problem.Mode == DeploymentMode.Aggregated
        ? pairs.OrderByDescending(pair => pair.DecodeRate).ThenBy(pair => pair.PrefillIndex).ThenBy(pair => pair.DecodeIndex).First()
        : pairs.OrderByDescending(pair => pair.PrefillRate).ThenBy(pair => pair.PrefillIndex).ThenByDescending(pair => pair.DecodeRate).ThenBy(pair => pair.DecodeIndex).First();

    private static BruteForcePlan Make(PlanningProblem problem, PointPair pair, int prefillReplicas, int decodeReplicas) => new()
    {
        Pair = pair,
        PrefillReplicas = prefillReplicas,
        DecodeReplicas = decodeReplicas,
        Watts = Watts(pair, prefillReplicas, decodeReplicas),
        Gpus = Gpus(pair, prefillReplicas, decodeReplicas),
        Throughput = problem.Mode == DeploymentMode.Aggregated ? decodeReplicas * pair.DecodeRate : Math.Min(prefillReplicas * pair.PrefillRate, decodeReplicas * pair.DecodeRate),
    };

    private static long Watts(PointPair pair, int prefillReplicas, int decodeReplicas) => (prefillReplicas * pair.PrefillWatts) + (decodeReplicas * pair.DecodeWatts);

    private static long Gpus(PointPair pair, int prefillReplicas, int decodeReplicas) => ((long)prefillReplicas * pair.PrefillGpus) + ((long)decodeReplicas * pair.DecodeGpus);

    private static bool Reaches(BruteForcePlan plan, double throughput) => plan.Throughput >= throughput * (1 - 1e-12);

    private static bool AtMost(double value, double limit) => value <= limit * (1 + 1e-9);

    private static (int Prefill, int Decode) Minima(PlanningProblem problem) =>
        (problem.Mode == DeploymentMode.Aggregated ? 0 : problem.MinPrefillReplicas, problem.MinDecodeReplicas);

    private static (InfeasibleReason? Failure, List<PointPair> Pairs) Points(PlanningProblem problem)
    {
        if (problem.CapGrid is not null)
        {
            return (null, GridPairs.Of(problem));
        }

        var isPair = problem.Mode == DeploymentMode.Disaggregated;
        var prefillEngine = isPair ? problem.PrefillEngine! : problem.AggregatedEngine!;
        var decodeEngine = isPair ? problem.DecodeEngine! : problem.AggregatedEngine!;
        var prefillTable = (TablePerformanceModel)prefillEngine.Model;
        var decodeTable = (TablePerformanceModel)decodeEngine.Model;

        var kvBatch = decodeTable.KvCapacityTokens / (problem.Isl + problem.Osl);
        if (kvBatch == 0 || decodeTable.DecodePoints.All(point => point.Batch > kvBatch))
        {
            return (InfeasibleReason.KvInfeasible, []);
        }

        var allowed = decodeTable.DecodePoints.Where(point => point.Batch <= Math.Min(kvBatch, problem.MaxBatch ?? int.MaxValue)).ToList();
        if (allowed.Count == 0)
        {
            return (InfeasibleReason.ModelFailed, []);
        }

        if (problem.Batches == BatchPolicy.Largest || problem.ReplicaPolicy == ReplicaPolicy.DecodeFirst)
        {
            allowed = allowed.Where(point => point.Batch == allowed.Max(other => other.Batch)).ToList();
        }

        var pairs = new List<PointPair>();
        for (var i = 0; i < prefillTable.PrefillPoints.Length; i++)
        {
            for (var j = 0; j < allowed.Count; j++)
            {
                var prefill = prefillTable.PrefillPoints[i];
                var decode = allowed[j];
                if (isPair)
                {
                    pairs.Add(Pair(problem, prefillTable, i, prefill, decodeTable, j, decode));
                }
                else if (prefill.CapWatts == decode.CapWatts)
                {
                    pairs.Add(AggregatedPair(problem, prefillTable, i, prefill, j, decode));
                }
            }
        }

        return pairs.Count == 0 ? (InfeasibleReason.ModelFailed, pairs) : (null, pairs);
    }

    private static PointPair Pair(PlanningProblem problem, TablePerformanceModel prefillTable, int i, TablePrefillPoint prefill, TablePerformanceModel decodeTable, int j, TableDecodePoint decode)
    {
        var prefillPower = Power(problem, prefillTable.NameplateWatts, prefill.Estimate, problem.PrefillFallbackCapWatts, prefill.CapWatts);
        var decodePower = Power(problem, decodeTable.NameplateWatts, decode.Estimate, problem.DecodeFallbackCapWatts, decode.CapWatts);
        var prefillCap = Cap(prefill.CapWatts, prefillPower, problem.Corrections.PowerPrefill, problem.Limits.PrefillCapLimits);
        var decodeCap = Cap(decode.CapWatts, decodePower, problem.Corrections.PowerDecode, problem.Limits.DecodeCapLimits);
        var ttft = prefill.Estimate.LatencyMs * Slowdown(prefillPower, prefillCap, problem.Limits.PrefillCapLimits);
        var itl = decode.Estimate.LatencyMs * Slowdown(decodePower, decodeCap, problem.Limits.DecodeCapLimits);
        var (prefillLayout, decodeLayout) = (problem.PrefillEngine!.Layout, problem.DecodeEngine!.Layout);
        return new PointPair
        {
            PrefillIndex = i,
            DecodeIndex = j,
            TtftMs = ttft,
            ItlMs = itl,
            Batch = decode.Batch,
            PrefillRate = problem.PrefillUtilization * prefillLayout.AttentionDataParallel * prefillLayout.PipelineParallel * 1000 / ttft,
            DecodeRate = problem.DecodeUtilization * decode.Batch * decodeLayout.AttentionDataParallel * decodeLayout.PipelineParallel * 1000 / (itl * problem.Osl),
            PrefillCapWatts = prefillCap,
            DecodeCapWatts = decodeCap,
            PrefillGpus = prefillLayout.Gpus,
            DecodeGpus = decodeLayout.Gpus,
            PrefillWatts = (long)(Charge(prefillCap, problem.Limits.PrefillChargeFloorWatts) + problem.NonGpuWattsPerGpu) * prefillLayout.Gpus,
            DecodeWatts = (long)(Charge(decodeCap, problem.Limits.DecodeChargeFloorWatts) + problem.NonGpuWattsPerGpu) * decodeLayout.Gpus,
        };
    }

    private static PointPair AggregatedPair(PlanningProblem problem, TablePerformanceModel table, int i, TablePrefillPoint prefill, int j, TableDecodePoint decode)
    {
        var prefillPower = Power(problem, table.NameplateWatts, prefill.Estimate, problem.PrefillFallbackCapWatts, prefill.CapWatts);
        var decodePower = Power(problem, table.NameplateWatts, decode.Estimate, problem.DecodeFallbackCapWatts, decode.CapWatts);
        var power = problem.AggregatedCapPolicy == AggregatedCapPolicy.Max ? Math.Max(prefillPower, decodePower) : (prefillPower + decodePower) / 2;
        var limits = problem.Limits.DecodeCapLimits;
        var cap = Cap(prefill.CapWatts, power, problem.Corrections.PowerAggregated, limits);
        var ttft = prefill.Estimate.LatencyMs * Slowdown(Math.Min(prefillPower, power), cap, limits);
        var itl = decode.Estimate.LatencyMs * Slowdown(Math.Min(decodePower, power), cap, limits);
        var layout = problem.AggregatedEngine!.Layout;
        return new PointPair
        {
            PrefillIndex = i,
            DecodeIndex = j,
            TtftMs = ttft,
            ItlMs = itl,
            Batch = decode.Batch,
            DecodeRate = problem.DecodeUtilization * decode.Batch * layout.AttentionDataParallel * layout.PipelineParallel * 1000 / (ttft + (itl * (problem.Osl - 1))),
            PrefillCapWatts = cap,
            DecodeCapWatts = cap,
            DecodeGpus = layout.Gpus,
            DecodeWatts = (long)(Charge(cap, problem.Limits.DecodeChargeFloorWatts) + problem.NonGpuWattsPerGpu) * layout.Gpus,
        };
    }

    internal static double Power(PlanningProblem problem, double? modelNameplate, StepEstimate estimate, int fallbackCap, int? ownCap)
    {
        var nameplate = problem.NameplateWatts ?? modelNameplate;
        var known = estimate.ActivePowerWatts is > 0 && estimate.PowerCoverage >= problem.MinimumPowerCoverage;
        var power = known ? estimate.ActivePowerWatts!.Value : nameplate ?? fallbackCap;
        if (known && nameplate is { } tdp && power > 1.1 * tdp * (1 + 1e-9))
        {
            power = tdp;
        }

        return ownCap is { } cap ? Math.Min(cap, power) : power;
    }

    internal static int Cap(int? ownCap, double power, double correction, GpuPowerLimits? limits)
    {
        var cap = ownCap ?? (int)Math.Ceiling(power * Math.Max(1, correction) * (1 - 1e-9));
        return limits is null ? cap : Math.Min(Math.Max(cap, limits.MinWatts), limits.MaxWatts);
    }

    internal static int Charge(int cap, int? floor) => floor is { } least && least > cap ? least : cap;

    /// <summary>Only a range that cuts the cap by more than 2 % below the power slows a step down.</summary>
    internal static double Slowdown(double power, int cap, GpuPowerLimits? limits) =>
        limits is not null && cap == limits.MaxWatts && cap < power * 0.98 ? power / cap : 1;
}
