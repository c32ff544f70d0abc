using System.Text.Json.Nodes;
using static PowerPlanner.Tests.Cli.ReplayRun;

namespace PowerPlanner.Tests.Cli;

/// <summary>The reference planner's tests of failures, coefficients, drift, regression and feedback, driven through the command line.</summary>
internal sealed class ReplayReferenceTests
{
    private const string ModelThrows = """{ "t": 0, "fault": { "kind": "modelThrows", "count": 1 } }""";
    private const string DisabledForGood = """{ "halfOpenAfterSeconds": null }""";

    [Test]
    public async Task Row_14_A_model_that_throws_at_the_start_disables_the_optimizer()
    {
        var lines = await Lines(Unit(DisabledForGood), ModelThrows, Start, Observe(60));

        Assert.That(lines.Select(State), Is.EqualTo(new[] { "Cold", "Disabled", "Disabled" }));
        Assert.That(((string?)lines[1]["disabledReason"], (bool)lines[1]["disabled"]!, lines[1]["planned"]), Is.EqualTo(("startup_exception", true, (JsonNode?)null)));
    }

    [Test]
    public async Task Row_15_Targets_out_of_reach_at_the_start_give_the_best_effort_and_disable_nothing()
    {
        var config = Unit("""{ "ttftMs": 100, "itlMs": 50, "performance": { "kind": "fixed", "ttftMs": 180, "itlMs": 5, "maxKvTokens": 50000, "prefillPowerW": 400, "decodePowerW": 300 } }""");

        var started = (await Lines(config, Start))[0];

        Assert.That((State(started), (string?)started["reason"], (bool)started["disabled"]!), Is.EqualTo(("BestEffort", "slaInfeasible", false)));
        Assert.That((int)started["applied"]!["prefillReplicas"]!, Is.GreaterThan(0).And.EqualTo((int)started["planned"]!["prefillReplicas"]!));
    }

    [Test]
    public async Task Row_16_A_later_failure_keeps_the_plan()
    {
        var lines = await Lines(Unit(), Start, ModelThrows, """{ "t": 1, "optimize": true }""");

        var failed = lines[2];
        Assert.That(failed["planned"]!.ToJsonString(), Is.EqualTo(lines[0]["planned"]!.ToJsonString()));
        Assert.That((State(failed), (bool)failed["disabled"]!, (int)failed["consecutiveFailures"]!, (string?)failed["reason"]), Is.EqualTo(("Failing", false, 1, "modelFailed")));
        Assert.That(Counter(failed, "exceptions"), Is.EqualTo(1));
    }

    [Test]
    public async Task Row_17_Too_many_failures_in_a_row_disable_the_optimizer()
    {
        var lines = await Lines(Unit("""{ "maxConsecutiveFailures": 2, "halfOpenAfterSeconds": null }"""), Start, """{ "t": 0, "fault": { "kind": "modelThrows", "count": 2 } }""", """{ "t": 1, "optimize": true }""", """{ "t": 2, "optimize": true }""");

        Assert.That(lines.Select(line => (bool)line["disabled"]!), Is.EqualTo(new[] { false, false, false, true }));
        Assert.That((string?)lines[3]["disabledReason"], Is.EqualTo("max_consecutive_failures"));
    }

    [Test]
    public async Task Row_18_A_disabled_optimizer_does_not_ask_the_model()
    {
        // Two faults: the start meets one. Were the model asked while disabled, the sweep after the reset would find none left.
        var lines = await Lines(Unit(DisabledForGood), """{ "t": 0, "fault": { "kind": "modelThrows", "count": 2 } }""", Start, """{ "t": 1, "optimize": true }""", Observe(60), """{ "t": 61, "reset": true }""", """{ "t": 62, "optimize": true }""");

        Assert.That(lines.Select(line => (bool)line["swept"]!), Is.EqualTo(new[] { false, true, false, false, false, true }));
        Assert.That(Counter(lines[^1], "exceptions"), Is.EqualTo(2));
    }

    [Test]
    public async Task Row_19_Latencies_teach_their_coefficients()
    {
        var learnt = (await Lines(Learning(), Start, Observe(60, "\"ttftMs\": 75, \"itlMs\": 15")))[1];

        Assert.That((Correction(learnt, "ttft"), Correction(learnt, "itl")), Is.EqualTo((1.15, 1.15)).Within(1e-12));
    }

    [Test]
    public async Task Row_20_Without_traffic_latencies_teach_nothing() =>
        Assert.That(Correction((await Lines(Learning(), Start, Observe(60, "\"numRequests\": 0, \"ttftMs\": 75")))[1], "ttft"), Is.EqualTo(1));

    [Test]
    public async Task Row_21_An_idle_prefill_side_teaches_no_power() =>
        Assert.That(Correction((await Lines(Learning(), Start, Observe(60, "\"numRequests\": 5, \"scheduledPrefillTokens\": 0, \"powerPrefillW\": 600")))[1], "powerPrefill"), Is.EqualTo(1));

    [Test]
    public async Task Row_22_A_working_prefill_side_teaches_its_power() =>
        Assert.That(Correction((await Lines(Learning(), Start, Observe(60, "\"powerPrefillW\": 840")))[1], "powerPrefill"), Is.EqualTo(1.06).Within(1e-12));

    [Test]
    public async Task Row_23_The_sides_learn_apart()
    {
        var learnt = (await Lines(Learning(), Start, Observe(60, "\"scheduledPrefillTokens\": 0, \"powerPrefillW\": 600, \"powerDecodeW\": 850")))[1];

        Assert.That((Correction(learnt, "powerPrefill"), Correction(learnt, "powerDecode")), Is.EqualTo((1, 1.0642857)).Within(1e-7));
    }

    [Test]
    public async Task Row_24_An_aggregated_engine_has_one_power_coefficient()
    {
        var config = Learning("""{ "mode": "agg", "aggEngine": { "tp": 8 }, "prefillEngine": null, "decodeEngine": null }""");

        var learnt = (await Lines(config, Start, Observe(60, "\"scheduledPrefillTokens\": 3000, \"scheduledDecodeKvTokens\": 2000, \"powerAggW\": 850")))[1];

        Assert.That((Correction(learnt, "powerAgg"), Correction(learnt, "powerPrefill")), Is.EqualTo((1.0642857, 1)).Within(1e-7));
    }

    [TestCase(1.9, 500, 2.0, TestName = "Row_25_A_coefficient_is_cut_to_2")]
    [TestCase(0.6, 1e-3, 0.5, TestName = "Row_26_A_coefficient_is_cut_to_0.5")]
    public async Task Coefficients_are_cut(double initial, double ttftMs, double expected)
    {
        var config = Learning(FormattableString.Invariant($"{{ \"initialCorrections\": {{ \"ttft\": {initial} }} }}"));

        var learnt = (await Lines(config, Start, Observe(60, FormattableString.Invariant($"\"ttftMs\": {ttftMs}"))))[1];

        Assert.That((Correction(learnt, "ttft"), Counter(learnt, "correctionPegged")), Is.EqualTo((expected, 1)));
    }

    [Test]
    public async Task Row_27_A_disabled_optimizer_learns_nothing() =>
        Assert.That(Correction((await Lines(Learning(DisabledForGood), ModelThrows, Start, Observe(60, "\"ttftMs\": 100")))[2], "ttft"), Is.EqualTo(1));

    [Test]
    public async Task Row_28_A_miss_within_the_rate_limit_triggers_nothing() =>
        Assert.That((bool)(await Lines(Unit(), Start, Observe(60, "\"ttftMs\": 5000")))[1]["shouldReoptimize"]!, Is.False);

    [Test]
    public async Task Row_29_The_third_miss_in_a_row_triggers()
    {
        var lines = await Lines(Unit("""{ "reoptimizeIntervalSeconds": 0 }"""), [Start, .. ObserveMinutes(3, "\"ttftMs\": 500")]);

        Assert.That(lines.Select(line => (bool)line["shouldReoptimize"]!), Is.EqualTo(new[] { false, false, false, true }));
        Assert.That(lines.Select(line => (int)line["violationTicks"]!), Is.EqualTo(new[] { 0, 1, 2, 0 }), "A successful sweep counts anew.");
    }

    [Test]
    public async Task Row_30_A_single_miss_is_forgotten()
    {
        var lines = await Lines(Unit("""{ "reoptimizeIntervalSeconds": 0 }"""), Start, Observe(60, "\"ttftMs\": 5000"), Observe(120, "\"ttftMs\": 10"));

        Assert.That((int)lines[1]["violationTicks"]!, Is.EqualTo(1));
        Assert.That(((bool)lines[2]["shouldReoptimize"]!, (int)lines[2]["violationTicks"]!), Is.EqualTo((false, 0)));
    }

    [Test]
    public async Task Row_31_A_disabled_optimizer_never_triggers()
    {
        var lines = await Lines(Unit("""{ "reoptimizeIntervalSeconds": 0, "halfOpenAfterSeconds": null }"""), [ModelThrows, Start, .. ObserveMinutes(4, "\"ttftMs\": 10000, \"totalTokensPerSecond\": 9999")]);

        Assert.That(lines.Select(line => (bool)line["shouldReoptimize"]!), Is.All.False);
    }

    [Test]
    public async Task Row_35_A_plan_that_serves_much_less_is_counted()
    {
        var slower = """{ "t": 1, "performance": { "kind": "fixed", "ttftMs": 150, "itlMs": 40, "maxKvTokens": 50000, "prefillPowerW": 400, "decodePowerW": 300 } }""";

        var lines = await Lines(Unit("""{ "throughputRegressionWarnThreshold": 0.05 }"""), Start, slower, """{ "t": 2, "optimize": true }""");

        Assert.That(lines.Select(line => Counter(line, "throughputRegression")), Is.EqualTo(new[] { 0, 0, 1 }));
    }

    [Test]
    public async Task Row_S1_A_power_coefficient_converges_to_the_measured_ratio()
    {
        var last = (await Lines(Simulation(), [Start, .. ObserveMinutes(20, "\"numRequests\": 30, \"scheduledPrefillTokens\": 10000, \"powerPrefillW\": 482.4")]))[^1];

        Assert.That((double)last["planned"]!["rawPrefillPowerW"]!, Is.EqualTo(603));
        Assert.That(Correction(last, "powerPrefill"), Is.EqualTo(0.8001596).Within(1e-6));
    }

    [Test]
    public async Task Row_S2_A_power_coefficient_at_its_value_stays([Values(0, 0.02)] double band)
    {
        var config = Simulation(FormattableString.Invariant($"{{ \"powerLimitedBand\": {band} }}"));

        var last = (await Lines(config, [Start, .. ObserveMinutes(10, "\"powerPrefillW\": 603")]))[^1];

        Assert.That(Correction(last, "powerPrefill"), Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public async Task Row_S3_An_idle_decode_side_learns_nothing_beside_a_busy_prefill_side()
    {
        var last = (await Lines(Simulation(), [Start, .. ObserveMinutes(10, "\"scheduledPrefillTokens\": 8000, \"scheduledDecodeKvTokens\": 0, \"powerPrefillW\": 1050")]))[^1];

        Assert.That(Correction(last, "powerDecode"), Is.EqualTo(1));
        Assert.That(Correction(last, "powerPrefill"), Is.EqualTo((1050 / 603.0) - (((1050 / 603.0) - 1) * Math.Pow(0.7, 10))).Within(1e-9));
    }

    [Test]
    public async Task Row_S4_Drift_fires_on_the_third_miss()
    {
        var lines = await Lines(Simulation(), [Start, .. ObserveMinutes(3, "\"ttftMs\": 350")]);

        Assert.That(lines.Select(line => (bool)line["shouldReoptimize"]!), Is.EqualTo(new[] { false, false, false, true }));
    }

    [Test]
    public async Task Row_S5_A_fleet_that_meets_its_targets_does_not_drift()
    {
        var lines = await Lines(Simulation(), [Start, .. ObserveMinutes(10, "\"ttftMs\": 100, \"itlMs\": 20, \"totalTokensPerSecond\": 800")]);

        Assert.That(lines.Select(line => (bool)line["shouldReoptimize"]!), Is.All.False);
    }

    private static string State(JsonNode line) => (string)line["state"]!;

    private static double Correction(JsonNode line, string name) => (double)line["corrections"]![name]!;

    private static int Counter(JsonNode line, string name) => (int)line["counters"]![name]!;
}
