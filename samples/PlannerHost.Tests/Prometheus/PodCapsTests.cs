using System.Globalization;
using Microsoft.AspNetCore.Http;
using PlannerHost.Kubernetes;
using PlannerHost.Prometheus;

namespace PlannerHost.Tests.Prometheus;

/// <summary>Caps in force as a real Prometheus tells them.</summary>
[TestFixture]
internal sealed class PodCapsTests
{
    [TestCase(true)]
    [TestCase(false)]
    public async Task Each_GPU_of_a_pod_counts_once_and_the_highest_cap_is_the_pod_s(bool honorLabels)
    {
        await using var exporter = await Loopback.StartAsync(context => context.Response.WriteAsync(
            Gpu("GPU-0", "prod", "decode-a", 400) + Gpu("GPU-1", "prod", "decode-a", 450.25) + Gpu("GPU-2", "prod", "decode-b", 300) + Gpu("GPU-3", "prod", "decode-b", double.NaN)
            + Gpu("GPU-4", "prod", "decode-c", 0) + Gpu("GPU-5", "test", "decode-d", 700),
            context.RequestAborted));
        var jobs = string.Concat(Enumerable.Range(0, 2).Select(i => $$"""
              - job_name: dcgm{{i}}
                honor_labels: {{(honorLabels ? "true" : "false")}}
                static_configs: [ { targets: ['{{exporter.Address.Authority}}'], labels: { namespace: monitoring, pod: dcgm-exporter-{{i}} } } ]

            """));
        await using var prometheus = await RealPrometheus.StartAsync(jobs);
        using var caps = new PrometheusPodCaps(new PrometheusOptions { Endpoints = [prometheus.Address], Names = new MetricNames { Namespace = "prod", Deployment = "llama", DecodeService = "w" } }, TimeProvider.System);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));

        IReadOnlyDictionary<string, PodCap> seen;
        while ((seen = await caps.ReadAsync("prod", limit.Token)).Count == 0)
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }

        Assert.That(seen, Is.EquivalentTo(new Dictionary<string, PodCap> { ["decode-a"] = new(451, 2), ["decode-b"] = new(300, 1) }));
    }

    private static string Gpu(string uuid, string podNamespace, string pod, double watts) =>
        string.Create(CultureInfo.InvariantCulture, $"DCGM_FI_DEV_POWER_MGMT_LIMIT{{UUID=\"{uuid}\",namespace=\"{podNamespace}\",pod=\"{pod}\"}} {watts}\n");
}
