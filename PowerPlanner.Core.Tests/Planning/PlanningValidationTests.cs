using PowerPlanner.Performance;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Planning;

internal sealed class PlanningValidationTests
{
    private static readonly PlanningProblem Good = Problems.Unit();

    private static IEnumerable<TestCaseData> OutOfRange()
    {
        yield return Case("Isl", "0", Good with { Isl = 0 });
        yield return Case("Isl", "-1", Good with { Isl = -1 });
        yield return Case("Osl", "0", Good with { Osl = 0 });
        yield return Case("TtftTargetMs", "NaN", Good with { TtftTargetMs = double.NaN });
        yield return Case("TtftTargetMs", "0", Good with { TtftTargetMs = 0 });
        yield return Case("ItlTargetMs", "Infinity", Good with { ItlTargetMs = double.PositiveInfinity });
        yield return Case("ItlTargetMs", "-50", Good with { ItlTargetMs = -50 });
        yield return Case("BudgetWatts", "-1", Good with { Limits = new PlanningLimits { BudgetWatts = -1 } });
        yield return Case("BudgetWatts", "-9223372036854775808", Good with { Limits = new PlanningLimits { BudgetWatts = long.MinValue } });
        yield return Case("GpuBudget", "-2", Good with { Limits = new PlanningLimits { GpuBudget = -2 } });
        yield return Case("MinPrefillReplicas", "0", Good with { MinPrefillReplicas = 0 });
        yield return Case("MinDecodeReplicas", "-3", Good with { MinDecodeReplicas = -3 });
        yield return Case("MaxReplicas", "0", Good with { MaxReplicas = 0 });
        yield return Case("MaxReplicas", "2147483647", Good with { MaxReplicas = int.MaxValue });
        yield return Case("MaxBatch", "0", Good with { MaxBatch = 0 });
        yield return Case("NameplateWatts", "0", Good with { NameplateWatts = 0 });
        yield return Case("NameplateWatts", "NaN", Good with { NameplateWatts = double.NaN });
        yield return Case("NameplateWatts", "1E+300", Good with { NameplateWatts = 1e300 });
        yield return Case("PrefillFallbackCapWatts", "0", Good with { PrefillFallbackCapWatts = 0 });
        yield return Case("DecodeFallbackCapWatts", "-1", Good with { DecodeFallbackCapWatts = -1 });
        yield return Case("DecodeFallbackCapWatts", "2147483647", Good with { DecodeFallbackCapWatts = int.MaxValue });
        yield return Case("NonGpuWattsPerGpu", "-1", Good with { NonGpuWattsPerGpu = -1 });
        yield return Case("PrefillUtilization", "0", Good with { PrefillUtilization = 0 });
        yield return Case("DecodeUtilization", "1.1", Good with { DecodeUtilization = 1.1 });
        yield return Case("DecodeUtilization", "NaN", Good with { DecodeUtilization = double.NaN });
        yield return Case("MinimumPowerCoverage", "1.5", Good with { MinimumPowerCoverage = 1.5 });
        yield return Case("MinimumPowerCoverage", "NaN", Good with { MinimumPowerCoverage = double.NaN });
        yield return Case("TargetRequestsPerSecond", "0", Good with { TargetRequestsPerSecond = 0 });
        yield return Case("TargetRequestsPerSecond", "NaN", Good with { TargetRequestsPerSecond = double.NaN });
        yield return Case("EnergyPrice.ElectricityPerKwh", "-0.1", Good with { EnergyPrice = new EnergyPrice { ElectricityPerKwh = -0.1 } });
        yield return Case("EnergyPrice.CarbonGramsPerKwh", "NaN", Good with { EnergyPrice = new EnergyPrice { CarbonGramsPerKwh = double.NaN } });
        yield return Case("EnergyPrice.CarbonPerTonne", "Infinity", Good with { EnergyPrice = new EnergyPrice { CarbonGramsPerKwh = 1, CarbonPerTonne = double.PositiveInfinity } });
        yield return Case("Ttft", "0.4", Good with { Corrections = Corrections.None with { Ttft = 0.4 } });
        yield return Case("Itl", "2.1", Good with { Corrections = Corrections.None with { Itl = 2.1 } });
        yield return Case("PowerDecode", "NaN", Good with { Corrections = Corrections.None with { PowerDecode = double.NaN } });
        yield return Case("PowerAggregated", "0", Good with { Corrections = default(Corrections) with { Ttft = 1, Itl = 1, PowerPrefill = 1, PowerDecode = 1 } });
        yield return Case("Mode", "7", Good with { Mode = (DeploymentMode)7 });
        yield return Case("Objective", "-1", Good with { Objective = (PlanningObjective)(-1) });
        yield return Case("AggregatedCapPolicy", "9", Good with { AggregatedCapPolicy = (AggregatedCapPolicy)9 });
    }

    private static IEnumerable<TestCaseData> Contradictions()
    {
        yield return Case("TargetRequestsPerSecond", "LeastPower", Good with { Objective = PlanningObjective.LeastPower });
        yield return Case("EnergyPrice", "null", Good with { Objective = PlanningObjective.Cost });
        yield return Case("EnergyPrice", "a kWh costs 0", Good with { Objective = PlanningObjective.Cost, EnergyPrice = new EnergyPrice { ElectricityPerKwh = 0 } });
        yield return Case("EnergyPrice", "a kWh costs null", Good with { Objective = PlanningObjective.Cost, EnergyPrice = new EnergyPrice { CarbonGramsPerKwh = 400 } });
        yield return Case("EnergyPrice.CarbonGramsPerKwh", "null", Good with { EnergyPrice = new EnergyPrice { CarbonPerTonne = 80 } });
        yield return Case("Objective", "Efficiency", Good with { ReplicaPolicy = ReplicaPolicy.DecodeFirst, Objective = PlanningObjective.Efficiency });
        yield return Case("TargetRequestsPerSecond", "10.5", Good with { ReplicaPolicy = ReplicaPolicy.DecodeFirst, TargetRequestsPerSecond = 10.5 });
        yield return Case("MinPrefillReplicas", "300", Good with { MinPrefillReplicas = 300 });
        yield return Case("MinDecodeReplicas", "2", Good with { MinDecodeReplicas = 2, MaxReplicas = 1 });
        yield return Case("AggregatedEngine", "Disaggregated", Good with { AggregatedEngine = Good.DecodeEngine });
        yield return Case("PrefillEngine", "Aggregated", Good.Aggregated() with { PrefillEngine = Good.PrefillEngine });
    }

    [TestCaseSource(nameof(OutOfRange))]
    [Property("Rule", "LIB-3.3-a")]
    public void A_value_out_of_range_is_named_with_what_it_was(PlanningProblem problem, string field, string value)
    {
        var thrown = Assert.Throws<ArgumentOutOfRangeException>(() => Planner.Plan(problem));

        Assert.That((thrown.ParamName, thrown.Message), Is.EqualTo((field, thrown.Message)));
        Assert.That(thrown.Message, Does.Contain($"{field} is {value}").And.Contain("must"));
    }

    private static IEnumerable<TestCaseData> Bounds()
    {
        yield return Bound("Isl", "1, not 0", Good with { Isl = 1 }, Good with { Isl = 0 });
        yield return Bound("Osl", "1, not 0", Good with { Osl = 1 }, Good with { Osl = 0 });
        yield return Bound("MinPrefillReplicas", "1, not 0", Good with { MinPrefillReplicas = 1 }, Good with { MinPrefillReplicas = 0 });
        yield return Bound("MinDecodeReplicas", "1, not 0", Good with { MinDecodeReplicas = 1 }, Good with { MinDecodeReplicas = 0 });
        yield return Bound("MaxReplicas", "1, not 0", Good with { MaxReplicas = 1 }, Good with { MaxReplicas = 0 });
        yield return Bound("MaxReplicas", "1000000, not 1000001", Good with { MaxReplicas = 1_000_000 }, Good with { MaxReplicas = 1_000_001 });
        yield return Bound("MaxBatch", "1, not 0", Good with { MaxBatch = 1 }, Good with { MaxBatch = 0 });
        yield return Bound("NameplateWatts", "1e9, not 1e9 + 1", Good with { NameplateWatts = 1e9 }, Good with { NameplateWatts = 1e9 + 1 });
        yield return Bound("PrefillFallbackCapWatts", "1, not 0", Good with { PrefillFallbackCapWatts = 1 }, Good with { PrefillFallbackCapWatts = 0 });
        yield return Bound("PrefillFallbackCapWatts", "1000000000, not 1000000001", Good with { PrefillFallbackCapWatts = 1_000_000_000 }, Good with { PrefillFallbackCapWatts = 1_000_000_001 });
        yield return Bound("DecodeFallbackCapWatts", "1, not 0", Good with { DecodeFallbackCapWatts = 1 }, Good with { DecodeFallbackCapWatts = 0 });
        yield return Bound("DecodeFallbackCapWatts", "1000000000, not 1000000001", Good with { DecodeFallbackCapWatts = 1_000_000_000 }, Good with { DecodeFallbackCapWatts = 1_000_000_001 });
        yield return Bound("NonGpuWattsPerGpu", "0, not -1", Good with { NonGpuWattsPerGpu = 0 }, Good with { NonGpuWattsPerGpu = -1 });
        yield return Bound("NonGpuWattsPerGpu", "1000000000, not 1000000001", Good with { NonGpuWattsPerGpu = 1_000_000_000 }, Good with { NonGpuWattsPerGpu = 1_000_000_001 });
        yield return Bound("PrefillUtilization", "1, not above 1", Good with { PrefillUtilization = 1 }, Good with { PrefillUtilization = Math.BitIncrement(1) });
        yield return Bound("DecodeUtilization", "1, not above 1", Good with { DecodeUtilization = 1 }, Good with { DecodeUtilization = Math.BitIncrement(1) });
        yield return Bound("MinimumPowerCoverage", "0, not below 0", Good with { MinimumPowerCoverage = 0 }, Good with { MinimumPowerCoverage = -double.Epsilon });
        yield return Bound("MinimumPowerCoverage", "1, not above 1", Good with { MinimumPowerCoverage = 1 }, Good with { MinimumPowerCoverage = Math.BitIncrement(1) });
        yield return Bound("EnergyPrice.ElectricityPerKwh", "0, not below 0", Priced(0), Priced(-double.Epsilon));
        yield return Bound("EnergyPrice.ElectricityPerKwh", "1e12, not 1e12 + 1", Priced(1e12), Priced(1e12 + 1));
        yield return Bound("CapGrid.StepWatts", "1, not 0", Gridded(1), Gridded(0));
        yield return Bound("BudgetWatts", "0, not -1", Limited(new PlanningLimits { BudgetWatts = 0 }), Limited(new PlanningLimits { BudgetWatts = -1 }));
        yield return Bound("GpuBudget", "0, not -1", Limited(new PlanningLimits { GpuBudget = 0 }), Limited(new PlanningLimits { GpuBudget = -1 }));
        yield return Bound("PrefillChargeFloorWatts", "1, not 0", Limited(new PlanningLimits { PrefillChargeFloorWatts = 1 }), Limited(new PlanningLimits { PrefillChargeFloorWatts = 0 }));
        yield return Bound("DecodeChargeFloorWatts", "1000000000, not 1000000001", Limited(new PlanningLimits { DecodeChargeFloorWatts = 1_000_000_000 }), Limited(new PlanningLimits { DecodeChargeFloorWatts = 1_000_000_001 }));
    }

    [TestCaseSource(nameof(Bounds))]
    public void A_bound_itself_is_allowed_and_the_next_value_is_not(PlanningProblem last, PlanningProblem beyond, string field)
    {
        Assert.That(() => Planner.Prepare(last), Throws.Nothing);
        Assert.That(Assert.Throws<ArgumentOutOfRangeException>(() => Planner.Prepare(beyond)).ParamName, Is.EqualTo(field));
    }

    [TestCaseSource(nameof(Contradictions))]
    public void Values_that_contradict_each_other_are_named(PlanningProblem problem, string field, string value)
    {
        var thrown = Assert.Throws<ArgumentException>(() => Planner.Plan(problem));

        Assert.That(thrown.ParamName, Is.EqualTo(field));
        Assert.That(thrown.Message, Does.Contain(value));
    }

    [Test]
    public void A_missing_engine_is_named()
    {
        Assert.That(Assert.Throws<ArgumentNullException>(() => Planner.Plan(Good with { DecodeEngine = null })).ParamName, Is.EqualTo("DecodeEngine"));
        Assert.That(Assert.Throws<ArgumentNullException>(() => Planner.Plan(Good with { PrefillEngine = new PlanningEngine(null!, new EngineLayout()) })).ParamName, Is.EqualTo("PrefillEngine"));
        Assert.That(Assert.Throws<ArgumentNullException>(() => Planner.Plan(Good with { Mode = DeploymentMode.Aggregated, PrefillEngine = null, DecodeEngine = null })).ParamName, Is.EqualTo("AggregatedEngine"));
        Assert.Throws<ArgumentNullException>(() => Planner.Plan(null!));
    }

    [Test]
    public void Limits_and_corrections_of_a_new_plan_are_checked_too()
    {
        var prepared = Planner.Prepare(Good);

        Assert.Throws<ArgumentOutOfRangeException>(() => prepared.Plan(new PlanningLimits { BudgetWatts = -5 }, Corrections.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => prepared.Plan(default, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => prepared.Frontier(default, Corrections.None with { Itl = double.NaN }));
        Assert.Throws<ArgumentOutOfRangeException>(() => prepared.Explain(new PlanningLimits { GpuBudget = -1 }, Corrections.None));
    }

    [Test]
    [Property("Rule", "LIB-3.3-h")]
    public void Nothing_to_spend_is_infeasible_and_not_invalid()
    {
        var noGpus = Planner.Plan(Good with { Limits = new PlanningLimits { GpuBudget = 0 } });
        var noWatts = Planner.Plan(Good with { Limits = new PlanningLimits { BudgetWatts = 0 } });

        Assert.That((noGpus.Reason, noGpus.MinimumGpus), Is.EqualTo((InfeasibleReason.GpuBudgetInfeasible, 16L)));
        Assert.That((noWatts.Reason, noWatts.MinimumBudgetWatts), Is.EqualTo((InfeasibleReason.PowerBudgetInfeasible, 5600L)));
    }

    private static TestCaseData Bound(string field, string bound, PlanningProblem last, PlanningProblem beyond) =>
        new TestCaseData(last, beyond, field).SetArgDisplayNames(field, bound);

    private static PlanningProblem Priced(double electricityPerKwh) => Good with { EnergyPrice = new EnergyPrice { ElectricityPerKwh = electricityPerKwh } };

    private static PlanningProblem Limited(PlanningLimits limits) => Good with { Limits = limits };

    private static PlanningProblem Gridded(int stepWatts) =>
        Good.WithModel(new GridModel(new GridStep(50, 400, 1), [new GridStep(10, 300, 1)], 700, 1200)) with { CapGrid = new CapGrid { StepWatts = stepWatts } };

    private static TestCaseData Case(string field, string value, PlanningProblem problem) =>
        new TestCaseData(problem, field, value).SetArgDisplayNames(field, value);
}
