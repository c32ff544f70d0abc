using Microsoft.Extensions.Options;
using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Hosting;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Hosting;

internal sealed class PowerPlannerOptionsValidatorTests
{
    private static IEnumerable<TestCaseData> OneWrongOption()
    {
        yield return Case("mode", "7", o => o.Mode = (DeploymentMode)7);
        yield return Case("isl", "0", o => o.Isl = 0);
        yield return Case("osl", "-3", o => o.Osl = -3);
        yield return Case("ttftMs", "0", o => o.TtftMs = 0);
        yield return Case("ttftMs", "NaN", o => o.TtftMs = double.NaN);
        yield return Case("itlMs", "Infinity", o => o.ItlMs = double.PositiveInfinity);
        yield return Case("itlMs", "-50", o => o.ItlMs = -50);
        yield return Case("totalGpuPowerLimitWatts", "0", o => o.TotalGpuPowerLimitWatts = 0);
        yield return Case("totalGpuPowerLimitWatts", "-40000", o => o.TotalGpuPowerLimitWatts = -40_000);
        yield return Case("maxGpuBudget", "-2", o => o.MaxGpuBudget = -2);
        yield return Case("minEndpoint", "0", o => o.MinEndpoint = 0);
        yield return Case("minEndpoint", "300", o => o.MinEndpoint = 300);
        yield return Case("prefillMinEndpoint", "0", o => o.PrefillMinEndpoint = 0);
        yield return Case("prefillMinEndpoint", "257", o => o.PrefillMinEndpoint = 257);
        yield return Case("decodeMinEndpoint", "-1", o => o.DecodeMinEndpoint = -1);
        yield return Case("decodeMinEndpoint", "257", o => o.DecodeMinEndpoint = 257);
        yield return Case("maxBatch", "0", o => o.MaxBatch = 0);
        yield return Case("maxReplicas", "0", o => o.MaxReplicas = 0);
        yield return Case("maxReplicas", "1000001", o => o.MaxReplicas = 1_000_001);
        yield return Case("prefillEngine", "missing", o => o.PrefillEngine = null);
        yield return Case("decodeEngine", "missing", o => o.DecodeEngine = null);
        yield return Case("aggEngine", "missing", o => o.Mode = DeploymentMode.Aggregated);
        yield return Case("prefillEngine.tp", "0", o => o.PrefillEngine!.Tp = 0);
        yield return Case("prefillEngine.pp", "-1", o => o.PrefillEngine!.Pp = -1);
        yield return Case("decodeEngine.attentionDp", "0", o => o.DecodeEngine!.AttentionDp = 0);
        yield return Case("decodeEngine.cp", "0", o => o.DecodeEngine!.Cp = 0);
        yield return Case("decodeEngine.moeTp", "0", o => o.DecodeEngine!.MoeTp = 0);
        yield return Case("aggEngine.moeEp", "0", o => o.AggEngine = new EngineOptions { MoeEp = 0 });
        yield return Case("decodeEngine", "tp · pp · attentionDp · cp = 4611686014132420609 GPUs", o => o.DecodeEngine = new EngineOptions { Tp = int.MaxValue, Pp = int.MaxValue });
        yield return Case("tdpWatts", "0", o => o.TdpWatts = 0);
        yield return Case("tdpWatts", "1000000001", o => o.TdpWatts = 1_000_000_001);
        yield return Case("gpuLimits.minWatts", "0", o => o.GpuLimits = new GpuLimitsOptions { MaxWatts = 700 });
        yield return Case("gpuLimits.maxWatts", "-1", o => o.GpuLimits = new GpuLimitsOptions { MinWatts = 200, MaxWatts = -1 });
        yield return Case("gpuLimits.maxWatts", "200", o => o.GpuLimits = new GpuLimitsOptions { MinWatts = 700, MaxWatts = 200 });
        yield return Case("prefillCapWatts", "0", o => o.PrefillCapWatts = 0);
        yield return Case("prefillCapWatts", "1000000001", o => o.PrefillCapWatts = 1_000_000_001);
        yield return Case("decodeCapWatts", "-300", o => o.DecodeCapWatts = -300);
        yield return Case("decodeCapWatts", "2147483647", o => o.DecodeCapWatts = int.MaxValue);
        yield return Case("replicaPolicy", "9", o => o.ReplicaPolicy = (ReplicaPolicy)9);
        yield return Case("objective", "9", o => o.Objective = (PlanningObjective)9);
        yield return Case("targetRequestsPerSecond", "0", o => o.TargetRequestsPerSecond = 0);
        yield return Case("targetRequestsPerSecond", "NaN", o => o.TargetRequestsPerSecond = double.NaN);
        yield return Case("electricityPricePerKwh", "-0.1", o => o.ElectricityPricePerKwh = -0.1);
        yield return Case("electricityPricePerKwh", "NaN", o => o.ElectricityPricePerKwh = double.NaN);
        yield return Case("carbonGramsPerKwh", "-1", o => o.CarbonGramsPerKwh = -1);
        yield return Case("carbonPricePerTonne", "Infinity", o => (o.CarbonGramsPerKwh, o.CarbonPricePerTonne) = (400, double.PositiveInfinity));
        yield return Case("carbonGramsPerKwh", "missing", o => o.CarbonPricePerTonne = 80);
        yield return Case("electricityPricePerKwh", "missing", o => o.Objective = PlanningObjective.Cost);
        yield return Case("electricityPricePerKwh", "0", o => (o.Objective, o.ElectricityPricePerKwh) = (PlanningObjective.Cost, 0));
        yield return Case("electricityPricePerKwh", "missing", o => (o.Objective, o.CarbonGramsPerKwh) = (PlanningObjective.Cost, 400));
        yield return Case("prefillUtilization", "0", o => o.PrefillUtilization = 0);
        yield return Case("prefillUtilization", "1.01", o => o.PrefillUtilization = 1.01);
        yield return Case("decodeUtilization", "NaN", o => o.DecodeUtilization = double.NaN);
        yield return Case("batches", "2", o => o.Batches = (BatchPolicy)2);
        yield return Case("minimumPowerCoverage", "-0.1", o => o.MinimumPowerCoverage = -0.1);
        yield return Case("minimumPowerCoverage", "1.5", o => o.MinimumPowerCoverage = 1.5);
        yield return Case("nonGpuWattsPerGpu", "-1", o => o.NonGpuWattsPerGpu = -1);
        yield return Case("nonGpuWattsPerGpu", "1000000001", o => o.NonGpuWattsPerGpu = 1_000_000_001);
        yield return Case("aggCapPolicy", "5", o => o.AggCapPolicy = (AggregatedCapPolicy)5);
        yield return Case("capProbing", "5", o => o.CapProbing = (CapProbing)5);
        yield return Case("powerLimitedBand", "-0.02", o => o.PowerLimitedBand = -0.02);
        yield return Case("powerLimitedBand", "1", o => o.PowerLimitedBand = 1);
        yield return Case("powerLimitedBand", "NaN", o => o.PowerLimitedBand = double.NaN);
        yield return Case("convergenceTimeoutSeconds", "-1", o => o.ConvergenceTimeoutSeconds = -1);
        yield return Case("admissionVarianceZ", "-1", o => o.AdmissionVarianceZ = -1);
        yield return Case("saturationUtilization", "0", o => o.SaturationUtilization = 0);
        yield return Case("capDriftThreshold", "-0.1", o => o.CapDriftThreshold = -0.1);
        yield return Case("halfOpenAfterSeconds", "-900", o => o.HalfOpenAfterSeconds = -900);
        yield return Case("halfOpenAfterSeconds", "Infinity", o => o.HalfOpenAfterSeconds = double.PositiveInfinity);
        yield return Case("meterAccuracy", "-0.01", o => o.MeterAccuracy = -0.01);
        yield return Case("meterAccuracy", "0.51", o => o.MeterAccuracy = 0.51);
        yield return Case("meterAccuracy", "NaN", o => o.MeterAccuracy = double.NaN);
        yield return Case("callTimeoutSeconds", "0", o => o.CallTimeoutSeconds = 0);
        yield return Case("callTimeoutSeconds", "NaN", o => o.CallTimeoutSeconds = double.NaN);
        yield return Case("capSettleTimeSeconds", "-1", o => o.CapSettleTimeSeconds = -1);
        yield return Case("capSettleTimeSeconds", "Infinity", o => o.CapSettleTimeSeconds = double.PositiveInfinity);
        yield return Case("journalPath", "\" \"", o => o.JournalPath = " ");
        yield return Case("journalMaxBytes", "65535", o => o.JournalMaxBytes = 65_535);
        yield return Case("journalMaxFiles", "0", o => o.JournalMaxFiles = 0);
        yield return Case("powerSweep", "5", o => o.PowerSweep = (PowerSweep)5);
        yield return Case("powerSweepStepWatts", "0", o => o.PowerSweepStepWatts = 0);
        yield return Case("initialCorrections", "null", o => o.InitialCorrections = null!);
        yield return Case("initialCorrections.ttft", "0.49", o => o.InitialCorrections.Ttft = 0.49);
        yield return Case("initialCorrections.itl", "2.01", o => o.InitialCorrections.Itl = 2.01);
        yield return Case("initialCorrections.powerPrefill", "NaN", o => o.InitialCorrections.PowerPrefill = double.NaN);
        yield return Case("initialCorrections.powerDecode", "0", o => o.InitialCorrections.PowerDecode = 0);
        yield return Case("initialCorrections.powerAgg", "-1", o => o.InitialCorrections.PowerAgg = -1);
        yield return Case("reoptimizeIntervalSeconds", "-1", o => o.ReoptimizeIntervalSeconds = -1);
        yield return Case("driftRelativeThreshold", "-0.15", o => o.DriftRelativeThreshold = -0.15);
        yield return Case("driftConsecutiveTicks", "0", o => o.DriftConsecutiveTicks = 0);
        yield return Case("maxConsecutiveFailures", "0", o => o.MaxConsecutiveFailures = 0);
        yield return Case("throughputRegressionWarnThreshold", "1.1", o => o.ThroughputRegressionWarnThreshold = 1.1);
        yield return Case("admissionMode", "5", o => o.AdmissionMode = (AdmissionMode)5);
        yield return Case("admissionSafetyMargin", "-0.5", o => o.AdmissionSafetyMargin = -0.5);
        yield return Case("tickSeconds", "0", o => o.TickSeconds = 0);
        yield return Case("tickSeconds", "Infinity", o => o.TickSeconds = double.PositiveInfinity);
        yield return Case("observationMaxAgeSeconds", "-180", o => o.ObservationMaxAgeSeconds = -180);
        yield return Case("sweepTimeoutSeconds", "0", o => o.SweepTimeoutSeconds = 0);
        yield return Case("sweepTimeoutSeconds", "1E-08", o => o.SweepTimeoutSeconds = 1e-8);
        yield return Case("overBudgetPolicy", "5", o => o.OverBudgetPolicy = (OverBudgetPolicy)5);
        yield return Case("targetRequestsPerSecond", "missing", o => o.Objective = PlanningObjective.LeastPower);
        yield return Case("objective", "\"Efficiency\"", o => (o.ReplicaPolicy, o.Objective) = (ReplicaPolicy.DecodeFirst, PlanningObjective.Efficiency));
        yield return Case("targetRequestsPerSecond", "5", o => (o.ReplicaPolicy, o.TargetRequestsPerSecond) = (ReplicaPolicy.DecodeFirst, 5));
        yield return Case("powerSweep", "\"Grid\"", o => o.PowerSweep = PowerSweep.Grid);
        yield return Case("powerSweep", "\"Grid\"", o => (o.PowerSweep, o.Performance) = (PowerSweep.Grid, OptionSamples.Table()));
        yield return Case("performance.kind", "77", o => o.Performance = new PerformanceOptions { Kind = (PerformanceKind)77 });
        yield return Case("performance.ttftMs", "0", o => o.Performance!.TtftMs = 0);
        yield return Case("performance.ttftMs", "missing", o => o.Performance!.TtftMs = null);
        yield return Case("performance.itlMs", "NaN", o => o.Performance!.ItlMs = double.NaN);
        yield return Case("performance.maxKvTokens", "-1", o => o.Performance!.MaxKvTokens = -1);
        yield return Case("performance.maxKvTokens", "missing", o => o.Performance!.MaxKvTokens = null);
        yield return Case("performance.prefillPowerW", "-603", o => o.Performance!.PrefillPowerW = -603);
        yield return Case("performance.decodePowerW", "Infinity", o => o.Performance!.DecodePowerW = double.PositiveInfinity);
        yield return Case("performance.model", "given", o => o.Performance!.Model = "Qwen/Qwen3-32B");
        yield return Case("performance.prefill", "given", o => o.Performance!.Prefill = []);
        yield return Performance("performance.prefill", "an empty array", OptionSamples.Table, p => p.Prefill!.Clear());
        yield return Performance("performance.prefill", "missing", OptionSamples.Table, p => p.Prefill = null);
        yield return Performance("performance.decode", "missing", OptionSamples.Table, p => p.Decode = null);
        yield return Performance("performance.prefill[1]", "null", OptionSamples.Table, p => p.Prefill!.Add(null!));
        yield return Performance("performance.prefill[0].capWatts", "0", OptionSamples.Table, p => p.Prefill![0].CapWatts = 0);
        yield return Performance("performance.prefill[0].ttftMs", "-1", OptionSamples.Table, p => p.Prefill![0].TtftMs = -1);
        yield return Performance("performance.prefill[0].powerW", "NaN", OptionSamples.Table, p => p.Prefill![0].PowerW = double.NaN);
        yield return Performance("performance.decode[0].batch", "0", OptionSamples.Table, p => p.Decode![0].Batch = 0);
        yield return Performance("performance.decode[0].itlMs", "0", OptionSamples.Table, p => p.Decode![0].ItlMs = 0);
        yield return Performance("performance.decode[0].powerW", "-5", OptionSamples.Table, p => p.Decode![0].PowerW = -5);
        yield return Performance("performance.decode[0].capWatts", "-5", OptionSamples.Table, p => p.Decode![0].CapWatts = -5);
        yield return Performance("performance.ttftMs", "given", OptionSamples.Table, p => p.TtftMs = 50);
        yield return Performance("performance.model", "\"\"", OptionSamples.Aic, p => p.Model = "");
        yield return Performance("performance.system", "missing", OptionSamples.Aic, p => p.System = null);
        yield return Performance("performance.estimationMode", "9", OptionSamples.Aic, p => p.EstimationMode = (AicEstimationMode)9);
        yield return Performance("performance.estimationMode", "given", OptionSamples.Roofline, p => p.EstimationMode = AicEstimationMode.Hybrid);
        yield return Performance("performance.backend", "\"VLLM\"", OptionSamples.Aic, p => p.Backend = "VLLM");
        yield return Performance("performance.version", "\" \"", OptionSamples.Aic, p => p.Version = " ");
        yield return Performance("performance.gpu", "missing", OptionSamples.Roofline, p => p.Gpu = null);
        yield return Performance("performance.prefillCsv", "\"a\uFFFDb\"", OptionSamples.Profiled, p => p.PrefillCsv = "a\0b");
        yield return Performance("performance.decodeCsv", "missing", OptionSamples.Profiled, p => p.DecodeCsv = null);
    }

    private static IEnumerable<TestCaseData> AtTheEdge()
    {
        yield return Edge("no GPUs at all", o => o.MaxGpuBudget = 0);
        yield return Edge("a budget below every minimum", o => o.TotalGpuPowerLimitWatts = 1);
        yield return Edge("full utilization", o => (o.PrefillUtilization, o.DecodeUtilization, o.SaturationUtilization) = (1, 1, 1));
        yield return Edge("coefficients at both ends", o => (o.InitialCorrections.Ttft, o.InitialCorrections.Itl) = (0.5, 2));
        yield return Edge("thresholds of zero", o => (o.CapDriftThreshold, o.DriftRelativeThreshold, o.PowerLimitedBand) = (0, 0, 0));
        yield return Edge("the smallest journal", o => (o.JournalPath, o.JournalMaxBytes, o.JournalMaxFiles) = (".", 65_536, 1));
        yield return Edge("no rate limit", o => o.ReoptimizeIntervalSeconds = 0);
        yield return Edge("the shortest sweep", o => o.SweepTimeoutSeconds = 0.001);
        yield return Edge("never half open", o => o.HalfOpenAfterSeconds = null);
        yield return Edge("a perfect meter and fences", o => (o.MeterAccuracy, o.CapSettleTimeSeconds) = (0, 0));
        yield return Edge("the worst meter and the shortest call", o => (o.MeterAccuracy, o.CallTimeoutSeconds) = (0.5, 1e-9));
        yield return Edge("a single cap", o => o.GpuLimits = new GpuLimitsOptions { MinWatts = 700, MaxWatts = 700 });
        yield return Edge("as many replicas at least as at most", o => (o.MinEndpoint, o.MaxReplicas) = (3, 3));
        yield return Edge("as many replicas as a search may count", o => o.MaxReplicas = 1_000_000);
        yield return Edge("as many watts as a board may have", o => (o.TdpWatts, o.PrefillCapWatts, o.DecodeCapWatts, o.NonGpuWattsPerGpu) = (1_000_000_000, 1_000_000_000, 1_000_000_000, 1_000_000_000));
        yield return Edge("unknown powers", o => (o.Performance!.PrefillPowerW, o.Performance.DecodePowerW) = (null, 0));
        yield return Edge("no cache", o => o.Performance!.MaxKvTokens = 0);
        yield return Edge("a model of the host's own", o => o.Performance = null);
        yield return Edge("a table", o => o.Performance = OptionSamples.Table());
        yield return Edge("AIC", o => o.Performance = OptionSamples.Aic());
        yield return Edge("a roofline", o => o.Performance = OptionSamples.Roofline());
        yield return Edge("a profile", o => o.Performance = OptionSamples.Profiled());
        yield return Edge("least power with a target", o => (o.Objective, o.TargetRequestsPerSecond) = (PlanningObjective.LeastPower, 0.1));
        yield return Edge("cost of electricity", o => (o.Objective, o.ElectricityPricePerKwh) = (PlanningObjective.Cost, 0.2));
        yield return Edge("cost of emissions alone", o => (o.Objective, o.CarbonGramsPerKwh, o.CarbonPricePerTonne) = (PlanningObjective.Cost, 400, 80));
        yield return Edge("the reference's policy", o => o.ReplicaPolicy = ReplicaPolicy.DecodeFirst);
        yield return Edge("an engine of the other mode beside", o => o.AggEngine = new EngineOptions());
    }

    [TestCaseSource(nameof(OneWrongOption))]
    [Property("Rule", "LIB-3.3-a")]
    [Property("Rule", "LIB-3.3-b")]
    [Property("Rule", "LIB-3.3-c")]
    [Property("Rule", "LIB-3.3-d")]
    [Property("Rule", "LIB-3.3-e")]
    [Property("Rule", "LIB-3.3-f")]
    [Property("Rule", "LIB-3.3-g")]
    [Property("Defect", "D-24")]
    public void A_wrong_option_is_reported_alone_with_its_value(string field, string value, Action<PowerPlannerOptions> change)
    {
        var options = OptionSamples.Disaggregated();
        change(options);

        var violations = PowerPlannerOptionsValidator.FindAll(options);

        Assert.That(violations.Select(violation => (violation.Field, violation.Value)), Is.EqualTo(new[] { (field, value) }));
        Assert.That(violations[0].Allowed, Is.Not.Empty);
    }

    [TestCaseSource(nameof(AtTheEdge))]
    public void What_a_fleet_could_mean_is_valid(Action<PowerPlannerOptions> change)
    {
        var options = OptionSamples.Disaggregated();
        change(options);

        Assert.That(PowerPlannerOptionsValidator.FindAll(options), Is.Empty);
    }

    [TestCaseSource(nameof(AtTheEdge))]
    public void Valid_options_make_a_problem_and_a_loop_that_their_own_doors_accept(Action<PowerPlannerOptions> change)
    {
        var options = OptionSamples.Disaggregated();
        change(options);
        var model = new FixedPerformanceModel(60, 12, 50_000);

        var problem = options.PowerSweep == PowerSweep.Off ? PlanningProblemFactory.Create(options, model, model) : null;
        var control = ControlOptionsFactory.Create(options);

        Assert.Multiple(() =>
        {
            Assert.That(() => problem?.Validate(), Throws.Nothing);
            Assert.That(control.Validate, Throws.Nothing);
        });
    }

    [Test]
    [Property("Rule", "LIB-3.3-j")]
    public void All_violations_are_reported_at_once()
    {
        var options = OptionSamples.Disaggregated();
        options.Isl = 0;
        options.TtftMs = double.NaN;
        options.GpuLimits = new GpuLimitsOptions { MinWatts = 700, MaxWatts = 200 };
        options.Performance!.ItlMs = -1;

        var result = new PowerPlannerOptionsValidator().Validate(null, options);

        Assert.That(result.Failures, Is.EqualTo(new[]
        {
            "isl: 0; allowed: at least 1 (tokens)",
            "ttftMs: NaN; allowed: a finite number greater than 0 (ms)",
            "gpuLimits.maxWatts: 200; allowed: at least gpuLimits.minWatts, which is 700 W",
            "performance.itlMs: -1; allowed: a finite number greater than 0 (ms)",
        }));
    }

    [Test]
    public void Valid_options_pass_the_options_frameworks_door() =>
        Assert.That(new PowerPlannerOptionsValidator().Validate(null, OptionSamples.Disaggregated()), Is.SameAs(ValidateOptionsResult.Success));

    [Test]
    public void A_grid_goes_with_models_that_answer_for_caps_and_with_a_hosts_own()
    {
        foreach (var performance in new[] { OptionSamples.Aic(), null })
        {
            var options = OptionSamples.Disaggregated();
            (options.PowerSweep, options.Performance) = (PowerSweep.Grid, performance);

            Assert.That(PowerPlannerOptionsValidator.FindAll(options), Is.Empty);
        }
    }

    [Test]
    public void The_greedy_policy_with_a_grid_breaks_two_rules()
    {
        var options = OptionSamples.Disaggregated();
        options.ReplicaPolicy = ReplicaPolicy.DecodeFirst;
        options.PowerSweep = PowerSweep.Grid;

        Assert.That(PowerPlannerOptionsValidator.FindAll(options).Select(violation => violation.Field), Is.EqualTo(new[] { "powerSweep", "powerSweep" }));
    }

    private static TestCaseData Case(string field, string value, Action<PowerPlannerOptions> change) =>
        new TestCaseData(field, value, change).SetArgDisplayNames(field, value);

    private static TestCaseData Performance(string field, string value, Func<PerformanceOptions> sample, Action<PerformanceOptions> change) =>
        Case(field, value, options =>
        {
            options.Performance = sample();
            change(options.Performance);
        });

    private static TestCaseData Edge(string name, Action<PowerPlannerOptions> change) => new TestCaseData(change).SetArgDisplayNames(name);
}
