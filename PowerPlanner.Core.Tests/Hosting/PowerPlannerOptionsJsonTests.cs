using System.Text;
using System.Text.Json;
using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Hosting;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Tests.Hosting;

internal sealed class PowerPlannerOptionsJsonTests
{
    /// <summary>A change of the sample document, and the violation that it makes.</summary>
    private static readonly (string Old, string New, string Field, string Value)[] Wrong =
    [
        ("\"isl\": 1024", "\"isl\": \"1024\"", "isl", "\"1024\""),
        ("\"isl\": 1024", "\"isl\": 1.5", "isl", "1.5"),
        ("\"isl\": 1024", "\"isl\": 1e3", "isl", "1e3"),
        ("\"isl\": 1024", "\"isl\": 99999999999", "isl", "99999999999"),
        ("\"isl\": 1024", "\"isl\": null", "isl", "null"),
        ("\"isl\": 1024, ", "", "isl", "missing"),
        ("\"isl\": 1024", "\"isl\": 0", "isl", "0"),
        ("\"isl\": 1024", "\"isl\": 1024, \"isl\": 1024", "isl", "1024 (given twice)"),
        ("\"isl\": 1024", "\"isl\": 1024, \"ISL\": 1024", "ISL", "1024 (unknown field)"),
        ("\"isl\": 1024", "\"isl\": 1024, \"watts\": { \"a\": 1 }", "watts", "an object (unknown field)"),
        ("\"isl\": 1024", "\"isl\": 1024, \"a\\u000ab\": 1", "a\uFFFDb", "1 (unknown field)"),
        ("\"isl\": 1024", "\"isl\": 1024, \"\\ud800\": 1", "", "a field name that is not valid Unicode"),
        ("\"ttftMs\": 200", "\"ttftMs\": 1e400", "ttftMs", "1e400"),
        ("\"ttftMs\": 200", "\"ttftMs\": true", "ttftMs", "true"),
        ("\"ttftMs\": 200", "\"ttftMs\": null", "ttftMs", "null"),
        ("\"ttftMs\": 200", "\"ttftMs\": [200]", "ttftMs", "an array"),
        ("\"ttftMs\": 200", "\"ttftMs\": -200", "ttftMs", "-200"),
        ("\"disagg\"", "\"Disagg\"", "mode", "\"Disagg\""),
        ("\"disagg\"", "0", "mode", "0"),
        ("\"disagg\"", "\"\\ud800\"", "mode", "\"\\ud800\""),
        ("\"disagg\"", "\"agg\"", "aggEngine", "missing"),
        ("40000", "-40000", "totalGpuPowerLimitWatts", "-40000"),
        ("40000", "40000.0", "totalGpuPowerLimitWatts", "40000.0"),
        ("\"maxGpuBudget\": 64", "\"maxGpuBudget\": null", "maxGpuBudget", "null"),
        ("\"maxGpuBudget\": 64", "\"advisory\": 1", "advisory", "1"),
        ("\"maxGpuBudget\": 64", "\"halfOpenAfterSeconds\": \"never\"", "halfOpenAfterSeconds", "\"never\""),
        ("\"maxGpuBudget\": 64", "\"callTimeoutSeconds\": \"never\"", "callTimeoutSeconds", "\"never\""),
        ("\"prefillEngine\": { \"tp\": 8 }", "\"prefillEngine\": 8", "prefillEngine", "8"),
        ("\"prefillEngine\": { \"tp\": 8 }", "\"prefillEngine\": null", "prefillEngine", "missing"),
        ("\"prefillEngine\": { \"tp\": 8 }", "\"prefillEngine\": { \"tp\": 0 }", "prefillEngine.tp", "0"),
        ("\"prefillEngine\": { \"tp\": 8 }", "\"prefillEngine\": { \"tps\": 8 }", "prefillEngine.tps", "8 (unknown field)"),
        ("\"minWatts\": 200, ", "", "gpuLimits.minWatts", "missing"),
        ("\"maxWatts\": 700", "\"maxWatts\": 100", "gpuLimits.maxWatts", "100"),
        ("\"tdpWatts\": 700", "\"initialCorrections\": { \"ttft\": 3 }", "initialCorrections.ttft", "3"),
        ("\"kind\": \"fixed\"", "\"kind\": \"Fixed\"", "performance.kind", "\"Fixed\""),
        ("\"kind\": \"fixed\", ", "", "performance.kind", "missing"),
        ("\"itlMs\": 10", "\"itlMs\": 0", "performance.itlMs", "0"),
        ("\"itlMs\": 10, ", "", "performance.itlMs", "missing"),
        ("\"maxKvTokens\": 50000", "\"maxKvTokens\": 1e5", "performance.maxKvTokens", "1e5"),
        ("\"prefillPowerW\": 603", "\"prefillPowerW\": -1", "performance.prefillPowerW", "-1"),
        ("\"prefillPowerW\": 603", "\"gpu\": \"h200_sxm\"", "performance.gpu", "\"h200_sxm\" (unknown field)"),
    ];

    [Test]
    public void The_contracts_example_is_read()
    {
        var options = PowerPlannerOptionsJson.Parse(OptionSamples.Json, "plan.json");

        Assert.That(
            (options.Isl, options.Osl, options.TtftMs, options.ItlMs, options.TotalGpuPowerLimitWatts, options.MaxGpuBudget, options.TdpWatts),
            Is.EqualTo((1024, 200, 200.0, 50.0, (int?)40_000, 64, (int?)700)));
        Assert.That((options.PrefillEngine!.Tp, options.DecodeEngine!.Tp, options.AggEngine), Is.EqualTo((8, 8, (EngineOptions?)null)));
        Assert.That((options.GpuLimits!.MinWatts, options.GpuLimits.MaxWatts), Is.EqualTo((200, 700)));
        Assert.That(
            (options.Performance!.Kind, options.Performance.TtftMs, options.Performance.MaxKvTokens, options.Performance.DecodePowerW),
            Is.EqualTo((PerformanceKind.Fixed, (double?)50, (long?)50_000, (double?)558)));
    }

    [TestCaseSource(nameof(Wrong))]
    public void A_wrong_field_is_named_with_its_value((string Old, string New, string Field, string Value) change)
    {
        var json = OptionSamples.Json.Replace(change.Old, change.New, StringComparison.Ordinal);
        Assert.That(json, Is.Not.EqualTo(OptionSamples.Json), "the sample no longer has what this case changes");

        var exception = Assert.Throws<InvalidOptionsException>(() => PowerPlannerOptionsJson.Parse(json, "plan.json"))!;

        Assert.That(exception.Violations.Select(violation => (violation.Field, violation.Value)), Is.EqualTo(new[] { (change.Field, change.Value) }));
        Assert.That(exception.Message, Does.StartWith("plan.json: ").And.Not.Contain("\n"));
    }

    [TestCase("", "line 1, byte 1")]
    [TestCase("{", "line 1, byte 2")]
    [TestCase("{ \"isl\": 1,\n\n  x }", "line 3, byte 3")]
    [TestCase("{ \"isl\": NaN }", "line 1, byte 10")]
    [TestCase("{} {}", "line 1, byte 4")]
    public void Malformed_JSON_is_refused_with_its_place(string json, string where)
    {
        var exception = Assert.Throws<InvalidOptionsException>(() => PowerPlannerOptionsJson.Parse(json, "plan.json"))!;

        Assert.That(exception.Violations.Single().Field, Is.EqualTo(where));
    }

    [Test]
    public void Nesting_without_end_is_refused()
    {
        var json = new string('[', 100_000);

        Assert.Throws<InvalidOptionsException>(() => PowerPlannerOptionsJson.Parse(json, "plan.json"));
    }

    [Test]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        var bytes = Encoding.Latin1.GetBytes(OptionSamples.Json.Replace("fixed", "fïxed", StringComparison.Ordinal));

        var exception = Assert.Throws<InvalidOptionsException>(() => PowerPlannerOptionsJson.Parse(bytes, "plan.json"))!;

        Assert.That(exception.Message, Is.EqualTo("plan.json: bytes that are not UTF-8; allowed: JSON in UTF-8"));
    }

    [Test]
    public void A_byte_order_mark_comments_and_trailing_commas_are_tolerated()
    {
        var json = "\uFEFF/* ours */ " + OptionSamples.Json.Replace("\"isl\"", "// tokens\n\"isl\"", StringComparison.Ordinal).Replace("558 }", "558, },", StringComparison.Ordinal);

        Assert.That(PowerPlannerOptionsJson.Parse(json, "plan.json").Isl, Is.EqualTo(1024));
    }

    [Test]
    public void Every_option_can_be_set_in_a_file()
    {
        const string Json = """
            { "mode": "agg", "isl": 1, "osl": 2, "ttftMs": 3, "itlMs": 4, "totalGpuPowerLimitWatts": 5, "maxGpuBudget": 6, "minEndpoint": 7,
              "prefillMinEndpoint": 8, "decodeMinEndpoint": 9, "maxBatch": 10, "maxReplicas": 11,
              "prefillEngine": { "tp": 12, "pp": 13, "attentionDp": 14, "moeTp": 15, "moeEp": 16, "cp": 2 }, "decodeEngine": { "pp": 17 }, "aggEngine": {},
              "tdpWatts": 18, "gpuLimits": { "minWatts": 19, "maxWatts": 20 }, "prefillCapWatts": 21, "decodeCapWatts": 22,
              "replicaPolicy": "RateMatched", "objective": "LeastPower", "targetRequestsPerSecond": 23.5,
              "electricityPricePerKwh": 0.12, "carbonGramsPerKwh": 345, "carbonPricePerTonne": 67,
              "prefillUtilization": 0.24, "decodeUtilization": 0.25, "batches": "Largest", "minimumPowerCoverage": 0.26, "nonGpuWattsPerGpu": 27,
              "aggCapPolicy": "Mean", "capProbing": "Off", "powerLimitedBand": 0.28, "convergenceTimeoutSeconds": 29, "admissionVarianceZ": 30,
              "saturationUtilization": 0.31, "capDriftThreshold": 0.32, "halfOpenAfterSeconds": null, "meterAccuracy": 0.33,
              "callTimeoutSeconds": 33.5, "capSettleTimeSeconds": 33.6, "powerSweep": "Off",
              "powerSweepStepWatts": 34, "initialCorrections": { "ttft": 1.1, "itl": 1.2, "powerPrefill": 1.3, "powerDecode": 1.4, "powerAgg": 1.5 },
              "reoptimizeIntervalSeconds": 35, "driftRelativeThreshold": 0.36, "driftConsecutiveTicks": 37, "maxConsecutiveFailures": 38,
              "throughputRegressionWarnThreshold": 0.39, "admissionMode": "autoset", "admissionSafetyMargin": 0.40, "tickSeconds": 41,
              "observationMaxAgeSeconds": 42, "sweepTimeoutSeconds": 43, "overBudgetPolicy": "TightenCaps", "advisory": true,
              "performance": { "kind": "roofline", "model": "a", "gpu": "b" }, "journalPath": "j", "journalMaxBytes": 4400000, "journalMaxFiles": 45 }
            """;

        var options = PowerPlannerOptionsJson.Parse(Json, "plan.json");

        // Nothing is left at its default but the grid, which no model answers for.
        var untouched = new PowerPlannerOptions();
        var same = from property in typeof(PowerPlannerOptions).GetProperties()
                   where Equals(property.GetValue(options), property.GetValue(untouched))
                   select property.Name;
        Assert.That(same, Is.EquivalentTo(new[] { "ReplicaPolicy", "PowerSweep" }));
        Assert.That(
            (options.Mode, options.Objective, options.Batches, options.AggCapPolicy, options.CapProbing, options.AdmissionMode, options.OverBudgetPolicy),
            Is.EqualTo((DeploymentMode.Aggregated, PlanningObjective.LeastPower, BatchPolicy.Largest, AggregatedCapPolicy.Mean, CapProbing.Off, AdmissionMode.Autoset, OverBudgetPolicy.TightenCaps)));
        Assert.That(
            (options.PrefillEngine!.Tp, options.PrefillEngine.Pp, options.PrefillEngine.AttentionDp, options.PrefillEngine.MoeTp, options.PrefillEngine.MoeEp, options.PrefillEngine.Cp, options.DecodeEngine!.Pp, options.DecodeEngine.Tp),
            Is.EqualTo((12, 13, 14, 15, 16, 2, 17, 1)));
        Assert.That(
            (options.InitialCorrections.Ttft, options.InitialCorrections.Itl, options.InitialCorrections.PowerPrefill, options.InitialCorrections.PowerDecode, options.InitialCorrections.PowerAgg),
            Is.EqualTo((1.1, 1.2, 1.3, 1.4, 1.5)));
        Assert.That(options.HalfOpenAfterSeconds, Is.Null);
    }

    [Test]
    public void Every_option_has_its_own_name_in_camel_case()
    {
        foreach (var property in typeof(PowerPlannerOptions).GetProperties())
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var json = $$"""{ "{{name}}": { "nothing": "like this" } }""";

            var exception = Assert.Throws<InvalidOptionsException>(() => PowerPlannerOptionsJson.Parse(json, "plan.json"))!;

            Assert.That(exception.Violations.Any(violation => violation.Value.Contains("unknown", StringComparison.Ordinal) && violation.Field == name), Is.False, name);
        }
    }

    [Test]
    public void Absent_fields_leave_the_defaults()
    {
        var options = PowerPlannerOptionsJson.Parse("""{ "isl": 1, "osl": 1, "prefillEngine": {}, "decodeEngine": {} }""", "plan.json");

        var untouched = new PowerPlannerOptions();
        var changed = from property in typeof(PowerPlannerOptions).GetProperties()
                      where property.PropertyType.IsValueType && !Equals(property.GetValue(options), property.GetValue(untouched))
                      select property.Name;
        Assert.That(changed, Is.EquivalentTo(new[] { "Isl", "Osl" }));
    }

    [Test]
    public void A_table_is_read_point_by_point()
    {
        var performance = PerformanceOf("""
            { "kind": "table", "maxKvTokens": 50000, "prefill": [{ "capWatts": 400, "ttftMs": 60, "powerW": 390 }, { "ttftMs": 50 }],
              "decode": [{ "batch": 8, "itlMs": 10, "powerW": null }] }
            """);

        Assert.That(performance.Prefill!.Select(point => (point.CapWatts, point.TtftMs, point.PowerW)), Is.EqualTo(new[] { ((int?)400, 60.0, (double?)390), (null, 50.0, null) }));
        Assert.That(performance.Decode!.Select(point => (point.CapWatts, point.Batch, point.ItlMs, point.PowerW)), Is.EqualTo(new[] { ((int?)null, 8, 10.0, (double?)null) }));
    }

    [TestCase("", null)]
    [TestCase(""", "estimationMode": null""", null)]
    [TestCase(""", "estimationMode": "silicon" """, AicEstimationMode.Silicon)]
    [TestCase(""", "estimationMode": "hybrid" """, AicEstimationMode.Hybrid)]
    [TestCase(""", "estimationMode": "empirical" """, AicEstimationMode.Empirical)]
    [TestCase(""", "estimationMode": "sol" """, AicEstimationMode.SpeedOfLight)]
    public void An_estimation_mode_is_read_by_its_name(string field, AicEstimationMode? mode) => Assert.That(
        PerformanceOf($$"""{ "kind": "aic", "model": "m", "system": "s", "backend": "vllm", "version": "1"{{field}} }""").EstimationMode, Is.EqualTo(mode));

    [TestCase("""{ "kind": "table", "maxKvTokens": 1, "prefill": [], "decode": [] }""", "performance.prefill", "performance.decode")]
    [TestCase("""{ "kind": "aic", "model": "m", "system": "s", "backend": "vllm", "version": "1", "estimationMode": "HYBRID" }""", "performance.estimationMode")]
    [TestCase("""{ "kind": "roofline", "model": "m", "gpu": "h200_sxm", "estimationMode": "sol" }""", "performance.estimationMode")]
    [TestCase("""{ "kind": "table", "maxKvTokens": 1, "prefill": [3], "decode": {} }""", "performance.prefill[0]", "performance.decode")]
    [TestCase("""{ "kind": "table", "maxKvTokens": 1, "prefill": [{ "ttftMs": 1 }], "decode": [{ "itlMs": 1, "cap": 3 }] }""", "performance.decode[0].batch", "performance.decode[0].cap")]
    [TestCase("""{ "kind": "aic", "model": "", "system": "h200_sxm", "backend": "tgi", "version": "1" }""", "performance.model", "performance.backend")]
    [TestCase("""{ "kind": "roofline", "ttftMs": 3 }""", "performance.model", "performance.gpu", "performance.ttftMs")]
    [TestCase("""{ "kind": "profiled", "maxKvTokens": 1.5 }""", "performance.prefillCsv", "performance.decodeCsv", "performance.maxKvTokens")]
    [TestCase("""{ "kind": "fixed" }""", "performance.ttftMs", "performance.itlMs", "performance.maxKvTokens")]
    public void All_that_is_wrong_with_a_performance_section_is_named(string section, params string[] fields)
    {
        var exception = Assert.Throws<InvalidOptionsException>(() => PerformanceOf(section))!;

        Assert.That(exception.Violations.Select(violation => violation.Field), Is.EqualTo(fields));
    }

    [Test]
    public void An_entry_of_many_is_named_by_its_index()
    {
        var json = $"[{OptionSamples.Json}, {OptionSamples.Json.Replace("1024", "0", StringComparison.Ordinal)}, 7]";

        var exception = Assert.Throws<InvalidOptionsException>(() => PowerPlannerOptionsJson.ParseMany(Encoding.UTF8.GetBytes(json), "many.json"))!;

        Assert.That(exception.Violations.Select(violation => (violation.Field, violation.Value)), Is.EqualTo(new[] { ("[1].isl", "0"), ("[2]", "7") }));
    }

    [Test]
    public void Many_are_read_in_their_order()
    {
        var json = $"[{OptionSamples.Json}, {OptionSamples.Json.Replace("1024", "2048", StringComparison.Ordinal)}]";

        Assert.That(PowerPlannerOptionsJson.ParseMany(Encoding.UTF8.GetBytes(json), "many.json").Select(options => options.Isl), Is.EqualTo(new[] { 1024, 2048 }));
    }

    [Test]
    public void Many_must_be_an_array()
    {
        var exception = Assert.Throws<InvalidOptionsException>(() => PowerPlannerOptionsJson.ParseMany(Encoding.UTF8.GetBytes(OptionSamples.Json), "many.json"))!;

        Assert.That(exception.Message, Is.EqualTo("many.json: an object; allowed: an array of configurations"));
    }

    [Test]
    public void A_message_stays_readable_however_much_is_wrong()
    {
        var json = $"[{string.Join(',', Enumerable.Repeat("7", 1000))}]";

        var exception = Assert.Throws<InvalidOptionsException>(() => PowerPlannerOptionsJson.ParseMany(Encoding.UTF8.GetBytes(json), "many.json"))!;

        Assert.That(exception.Violations, Has.Length.EqualTo(1000));
        Assert.That(exception.Message, Does.EndWith("| and 980 more").And.Length.LessThan(1000));
    }

    [Test]
    public async Task A_file_is_read_and_named_in_messages()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, OptionSamples.Json);
            Assert.That((await PowerPlannerOptionsJson.LoadAsync(path)).Isl, Is.EqualTo(1024));

            await File.WriteAllTextAsync(path, "[]");
            Assert.That(await PowerPlannerOptionsJson.LoadManyAsync(path), Is.Empty);
            var exception = await Assert.ThrowsAsync<InvalidOptionsException>(() => PowerPlannerOptionsJson.LoadAsync(path));
            Assert.That(exception!.OptionsSource, Is.EqualTo(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void A_document_longer_than_any_configuration_is_refused()
    {
        var json = new byte[PowerPlannerOptionsJson.MaximumBytes + 1];

        var exception = Assert.Throws<InvalidOptionsException>(() => PowerPlannerOptionsJson.Parse(json, "plan.json"))!;

        Assert.That(exception.Message, Is.EqualTo("plan.json: 4194305 bytes; allowed: at most 4194304 bytes"));
    }

    [Test]
    public async Task A_file_longer_than_any_configuration_is_refused()
    {
        var path = Path.GetTempFileName();
        try
        {
            await using (var file = File.OpenWrite(path))
            {
                file.SetLength(1L << 32);
            }

            var exception = await Assert.ThrowsAsync<InvalidOptionsException>(() => PowerPlannerOptionsJson.LoadAsync(path));
            Assert.That(exception!.Message, Is.EqualTo($"{path}: a longer file; allowed: at most 4194304 bytes"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void More_configurations_than_anybody_compares_are_refused()
    {
        var json = $"[{string.Join(',', Enumerable.Repeat("7", PowerPlannerOptionsJson.MaximumConfigurations + 1))}]";

        var exception = Assert.Throws<InvalidOptionsException>(() => PowerPlannerOptionsJson.ParseMany(Encoding.UTF8.GetBytes(json), "many.json"))!;

        Assert.That(exception.Message, Is.EqualTo("many.json: 10001 configurations; allowed: at most 10000"));
    }

    private static PerformanceOptions PerformanceOf(string section) =>
        PowerPlannerOptionsJson.Parse($$"""{ "isl": 1, "osl": 1, "prefillEngine": {}, "decodeEngine": {}, "performance": {{section}} }""", "plan.json").Performance!;
}
