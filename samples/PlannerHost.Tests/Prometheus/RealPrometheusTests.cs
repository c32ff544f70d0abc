using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Testing;
using PlannerHost.Prometheus;
using PowerPlanner.Control;
using PowerPlanner.Testing.Conformance;

namespace PlannerHost.Tests.Prometheus;

/// <summary>The metrics source against a real Prometheus that scrapes a fleet with known truth: what it says must be that truth.</summary>
[TestFixture]
internal sealed class RealPrometheusTests
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    // 300 W on 2 decode GPUs by energy, 500 W on 1 prefill GPU by gauge alone; next to them neighbours whose names begin alike.
    [TestCase(true, LabelScheme.Honoured)]
    [TestCase(false, LabelScheme.Exported)]
    public async Task The_fleet_s_truth_comes_back_whatever_the_scraping_does_to_labels(bool honorLabels, object scheme)
    {
        await using var exporter = await Loopback.StartAsync(context => context.Response.WriteAsync(Exposition(), context.RequestAborted));
        await using var prometheus = await RealPrometheus.StartAsync(Jobs(exporter.Address, honorLabels, copies: 2));
        using var source = Source(prometheus.Address);

        // A scrape that a busy machine delays bends the rates of its window, so the truth is waited for. Two exporters of one GPU count once, neighbours not
        // at all; 9 requests/s at 100 ms and 1 request/s at 1 s are 190 ms, of which an average of averages would make 550.
        await UntilAsync(source, seen => IsNear(seen.TotalWatts, 1100, 0.05)
            && IsNear(seen.Decode?.PowerWattsPerGpu, 300, 0.05)
            && IsNear(seen.Prefill?.PowerWattsPerGpu, 500, 0.0001)
            && seen.Decode?.EffectiveCapWatts == 450
            && IsNear(seen.TtftMs, 190, 0.1)
            && IsNear(seen.Isl, 3000, 0.01)
            && seen.ItlP95Ms is >= 20 and <= 50
            && seen.Age < TimeSpan.FromSeconds(10));

        Assert.That(source.Labels, Is.EqualTo((LabelScheme)scheme));
        await new MetricsSourceConformance(source).ValuesArePossibleAsync();
    }

    [Test]
    public async Task An_empty_database_is_absent_not_zero()
    {
        await using var prometheus = await RealPrometheus.StartAsync("");
        using var source = Source(prometheus.Address);

        await new MetricsSourceConformance(source).AbsentIsNotZeroAsync();
    }

    private static string Jobs(Uri exporter, bool honorLabels, int copies)
    {
        var jobs = new StringBuilder();
        for (var i = 0; i < copies; i++)
        {
            // The frontends' own names are kept; DCGM's copies are scraped twice, as by two daemons on one node.
            jobs.Append(CultureInfo.InvariantCulture, $$"""
              - job_name: dcgm{{i}}
                honor_labels: {{(honorLabels ? "true" : "false")}}
                static_configs: [ { targets: ['{{exporter.Authority}}'], labels: { namespace: monitoring, pod: dcgm-exporter-x } } ]
                metric_relabel_configs: [ { source_labels: [__name__], regex: 'DCGM_.*', action: keep } ]

            """);
        }

        return jobs.Append(CultureInfo.InvariantCulture, $$"""
              - job_name: frontends
                static_configs: [ { targets: ['{{exporter.Authority}}'] } ]
                metric_relabel_configs: [ { source_labels: [__name__], regex: 'dynamo_.*', action: keep } ]
            """).ToString();
    }

    private static PrometheusMetricsSource Source(Uri address) => new(
        new PrometheusOptions
        {
            Endpoints = [address],
            WindowSeconds = 4,
            Names = new MetricNames { Namespace = "prod", Deployment = "llama", PrefillService = "prefill", DecodeService = "worker", Model = "Llama" },
        },
        role => role == FleetRole.Decode ? 2 : 1,
        TimeProvider.System,
        new FakeLogger<PrometheusMetricsSource>());

    private static bool IsNear(double? value, double truth, double share) => value is { } number && Math.Abs(number - truth) <= share * truth;

    private static async Task UntilAsync(PrometheusMetricsSource source, Func<Observation, bool> isTruth)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        Observation? last = null;
        try
        {
            do
            {
                await timer.WaitForNextTickAsync(limit.Token);
                last = await source.ObserveAsync(limit.Token);
            }
            while (last is null || !isTruth(last));
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The truth never came. The last observation: {last}\nPrefill: {last?.Prefill}\nDecode: {last?.Decode}");
        }
    }

    private string Exposition()
    {
        var seconds = _clock.Elapsed.TotalSeconds;
        var text = new StringBuilder();
        Gpu("GPU-p0", "prod", "llama-0-prefill-abc12", watts: 500, hasEnergy: false);
        Gpu("GPU-d0", "prod", "llama-0-worker-x7k2p", watts: 300, hasEnergy: true);
        Gpu("GPU-d1", "prod", "llama-0-worker-y8m3q", watts: 300, hasEnergy: true);
        Gpu("GPU-n0", "prod", "llama-70-0-worker-x7k2p", watts: 650, hasEnergy: true);
        Gpu("GPU-n1", "prod", "llama-0-worker-large-x7k2p", watts: 650, hasEnergy: true);
        Gpu("GPU-n2", "test", "llama-0-worker-x7k2p", watts: 650, hasEnergy: true);
        Frontend("a", requestsPerSecond: 9, ttftSeconds: 0.1);
        Frontend("b", requestsPerSecond: 1, ttftSeconds: 1);
        return text.ToString();

        void Gpu(string uuid, string ns, string pod, double watts, bool hasEnergy)
        {
            var labels = $"{{UUID=\"{uuid}\",namespace=\"{ns}\",pod=\"{pod}\"}}";

            // The gauge of a GPU with an energy counter is caught at its peaks here, as sampling may: energy must win.
            text.Append(CultureInfo.InvariantCulture, $"DCGM_FI_DEV_POWER_USAGE{labels} {(hasEnergy ? 2 * watts : watts)}\n");
            text.Append(CultureInfo.InvariantCulture, $"DCGM_FI_DEV_POWER_MGMT_LIMIT{labels} 450\n");
            if (hasEnergy)
            {
                text.Append(CultureInfo.InvariantCulture, $"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{labels} {1e9 + (seconds * watts * 1000):F0}\n");
            }
        }

        void Frontend(string name, double requestsPerSecond, double ttftSeconds)
        {
            var labels = $"frontend=\"{name}\",model=\"llama\"";
            var requests = 1000 + (requestsPerSecond * seconds);
            text.Append(CultureInfo.InvariantCulture, $"dynamo_frontend_requests_started_total{{{labels}}} {requests}\n");
            Histogram("time_to_first_token_seconds", ttftSeconds);
            Histogram("inter_token_latency_seconds", 0.03);
            Histogram("input_sequence_tokens", 3000);
            Histogram("output_sequence_tokens", 300);

            void Histogram(string histogram, double mean)
            {
                foreach (var bound in (double[])[0.02, 0.05, 1, 5000])
                {
                    text.Append(CultureInfo.InvariantCulture, $"dynamo_frontend_{histogram}_bucket{{{labels},le=\"{bound}\"}} {(mean <= bound ? requests : 0)}\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"dynamo_frontend_{histogram}_bucket{{{labels},le=\"+Inf\"}} {requests}\n");
                text.Append(CultureInfo.InvariantCulture, $"dynamo_frontend_{histogram}_sum{{{labels}}} {requests * mean}\n");
                text.Append(CultureInfo.InvariantCulture, $"dynamo_frontend_{histogram}_count{{{labels}}} {requests}\n");
            }
        }
    }
}
