using PlannerHost.Prometheus;

namespace PlannerHost.Kubernetes;

/// <summary>The caps in force by a metric in Prometheus, such as DCGM's power management limit: the highest of each pod's GPUs, and of how many.</summary>
/// <param name="options">Where to ask, and the names of metric and labels.</param>
/// <param name="time">Clock of the time limits.</param>
internal sealed class PrometheusPodCaps(PrometheusOptions options, TimeProvider time) : IPodCapReader, IDisposable
{
    private readonly PrometheusClient _client = new(options, time);

    /// <inheritdoc/>
    /// <exception cref="PrometheusException">No usable answer: then no cap is known, which is another thing than every cap being unknown.</exception>
    public async ValueTask<IReadOnlyDictionary<string, PodCap>> ReadAsync(string podNamespace, CancellationToken cancellationToken)
    {
        foreach (var (labels, podLabel) in ((LabelScheme, string)[])[(LabelScheme.Exported, "exported_pod"), (LabelScheme.Honoured, "pod")])
        {
            if (options.Names.Labels != LabelScheme.Probe && options.Names.Labels != labels)
            {
                continue;
            }

            var series = $"{options.Names.PowerLimitWatts}{{{PromQl.Is(labels == LabelScheme.Exported ? "exported_namespace" : "namespace", podNamespace)},{podLabel}!=\"\"}}";

            // A sample of a minute ago says nothing of a cap that may have been raised since. Twins from a second exporter are one GPU.
            var query = FormattableString.Invariant($"max by ({podLabel},{options.Names.GpuLabel}) ({series} and (time() - timestamp({series}) <= {options.MaxSampleAgeSeconds}))");
            var caps = await _client.QueryByLabelAsync(query, podLabel, cancellationToken);
            if (caps.Count > 0)
            {
                return caps.Where(pod => pod.Value.All(cap => cap is >= 1 and <= CapAnnotation.MostWatts))
                    .ToDictionary(pod => pod.Key, pod => new PodCap((int)Math.Ceiling(pod.Value.Max()), pod.Value.Count), StringComparer.Ordinal);
            }
        }

        return new Dictionary<string, PodCap>();
    }

    public void Dispose() => _client.Dispose();
}
