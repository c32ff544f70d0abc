using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Hosting;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Hosting;

/// <summary>The defaults that the command line's contract states.</summary>
internal sealed class PowerPlannerOptionsTests
{
    private static readonly (string Property, object? Default)[] Contract =
    [
        ("Mode", DeploymentMode.Disaggregated),
        ("Isl", 0),
        ("Osl", 0),
        ("TtftMs", 500.0),
        ("ItlMs", 50.0),
        ("TotalGpuPowerLimitWatts", null),
        ("MaxGpuBudget", -1),
        ("MinEndpoint", 1),
        ("PrefillMinEndpoint", null),
        ("DecodeMinEndpoint", null),
        ("MaxBatch", null),
        ("MaxReplicas", 256),
        ("PrefillEngine", null),
        ("DecodeEngine", null),
        ("AggEngine", null),
        ("TdpWatts", null),
        ("GpuLimits", null),
        ("PrefillCapWatts", 300),
        ("DecodeCapWatts", 300),
        ("ReplicaPolicy", ReplicaPolicy.RateMatched),
        ("Objective", PlanningObjective.Throughput),
        ("TargetRequestsPerSecond", null),
        ("ElectricityPricePerKwh", null),
        ("CarbonGramsPerKwh", null),
        ("CarbonPricePerTonne", null),
        ("PrefillUtilization", 0.90),
        ("DecodeUtilization", 0.92),
        ("Batches", BatchPolicy.All),
        ("MinimumPowerCoverage", 0.5),
        ("NonGpuWattsPerGpu", 0),
        ("AggCapPolicy", AggregatedCapPolicy.Max),
        ("CapProbing", CapProbing.On),
        ("PowerLimitedBand", 0.02),
        ("ConvergenceTimeoutSeconds", 600.0),
        ("AdmissionVarianceZ", 0.0),
        ("SaturationUtilization", 0.85),
        ("CapDriftThreshold", 0.10),
        ("HalfOpenAfterSeconds", 900.0),
        ("MeterAccuracy", 0.05),
        ("CallTimeoutSeconds", null),
        ("CapSettleTimeSeconds", 600.0),
        ("PowerSweep", PowerSweep.Off),
        ("PowerSweepStepWatts", 10),
        ("ReoptimizeIntervalSeconds", 300.0),
        ("DriftRelativeThreshold", 0.15),
        ("DriftConsecutiveTicks", 3),
        ("MaxConsecutiveFailures", 5),
        ("ThroughputRegressionWarnThreshold", 0.10),
        ("AdmissionMode", AdmissionMode.Off),
        ("AdmissionSafetyMargin", 1.0),
        ("TickSeconds", 60.0),
        ("ObservationMaxAgeSeconds", 180.0),
        ("SweepTimeoutSeconds", 30.0),
        ("OverBudgetPolicy", OverBudgetPolicy.ScaleDown),
        ("Advisory", false),
        ("Performance", null),
        ("JournalPath", null),
        ("JournalMaxBytes", 16L << 20),
        ("JournalMaxFiles", 4),
    ];

    [TestCaseSource(nameof(Contract))]
    [Property("Rule", "LIB-6.3-b")]
    public void A_default_is_the_contracts((string Property, object? Default) field) =>
        Assert.That(typeof(PowerPlannerOptions).GetProperty(field.Property)!.GetValue(new PowerPlannerOptions()), Is.EqualTo(field.Default));

    [Test]
    public void Every_option_is_in_the_contract() =>
        Assert.That(
            typeof(PowerPlannerOptions).GetProperties().Select(property => property.Name).Except(Contract.Select(field => field.Property)),
            Is.EqualTo(new[] { "InitialCorrections" }));

    [Test]
    public void Initial_corrections_are_all_one()
    {
        var corrections = new PowerPlannerOptions().InitialCorrections;

        Assert.That(
            new[] { corrections.Ttft, corrections.Itl, corrections.PowerPrefill, corrections.PowerDecode, corrections.PowerAgg },
            Is.All.EqualTo(1.0));
    }

    [Test]
    public void An_engine_has_no_parallelism()
    {
        var engine = new EngineOptions();

        Assert.That(new[] { engine.Tp, engine.Pp, engine.AttentionDp, engine.MoeTp, engine.MoeEp, engine.Cp }, Is.All.EqualTo(1));
    }
}
