using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Tests.Diagnostics;

/// <summary>What a Prometheus server sees: the names that dashboards and alerts use.</summary>
[NonParallelizable]
internal sealed partial class PrometheusNamesTests
{
    private static readonly string[] Reference =
    [
        "dynamo_aic_consecutive_failures",
        "dynamo_aic_correction_pegged_total",
        "dynamo_aic_optimizer_disabled_reason",
        "dynamo_aic_optimizer_exceptions_total",
        "dynamo_aic_power_w_clamped_total",
        "dynamo_aic_throughput_regression_total",
        "dynamo_planner_admission_implied_theta_decode",
        "dynamo_planner_admission_implied_theta_prefill_frac",
        "dynamo_planner_admission_max_batched_tokens_unavailable_total",
        "dynamo_planner_admission_partial_success_total",
        "dynamo_planner_admission_set_theta_decode",
        "dynamo_planner_admission_set_theta_prefill_abs",
        "dynamo_planner_admission_set_theta_prefill_frac",
        "dynamo_planner_aic_c_itl",
        "dynamo_planner_aic_c_power",
        "dynamo_planner_aic_c_ttft",
        "dynamo_planner_power_budget_total_watts",
        "dynamo_planner_power_budget_utilization",
        "dynamo_planner_power_projected_watts",
    ];

    private static readonly string[] Own =
    [
        "powerplanner_admission_no_frontends_total",
        "powerplanner_admission_unacked_frontends",
        "powerplanner_cap_generation",
        "powerplanner_cap_moved_total",
        "powerplanner_cap_not_enforced",
        "powerplanner_clamp_total",
        "powerplanner_command_failed_total",
        "powerplanner_journal_lost_total",
        "powerplanner_ledger_watts",
        "powerplanner_measured_watts",
        "powerplanner_observation_refused_total",
        "powerplanner_observation_stale_total",
        "powerplanner_plan_peak_watts",
        "powerplanner_power_limited",
        "powerplanner_state",
        "powerplanner_sweep_seconds_bucket",
        "powerplanner_sweep_seconds_count",
        "powerplanner_sweep_seconds_sum",
    ];

    [Test]
    [Property("Rule", "LIB-17-a")]
    [Property("Defect", "D-38")]
    public async Task The_reference_names_come_out_as_they_are() =>
        Assert.That((await ScrapeAsync()).Where(name => name.StartsWith("dynamo_", StringComparison.Ordinal)), Is.EqualTo(Reference));

    [Test]
    [Property("Rule", "LIB-17-b")]
    public async Task The_librarys_own_names_carry_their_units() =>
        Assert.That((await ScrapeAsync()).Where(name => name.StartsWith("powerplanner_", StringComparison.Ordinal)), Is.EqualTo(Own));

    private static async Task<List<string>> ScrapeAsync()
    {
        var port = FreePort();
        using var instruments = new PlannerInstruments();
        using var provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(PlannerInstruments.MeterName)
            .AddPrometheusHttpListener(options =>
            {
                options.Host = "127.0.0.1";
                options.Port = port;
            })
            .Build();
        using var deployment = instruments.Talkative();
        deployment.RecordSweep(TimeSpan.FromMilliseconds(3), "ok");

        using var client = new HttpClient();
        var text = await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"));

        return [.. SampleName().Matches(text).Select(match => match.Value).Where(name => !name.StartsWith("target_info", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("^[a-z][a-z0-9_]*(?=[{ ])", RegexOptions.Multiline)]
    private static partial Regex SampleName();
}
