using PowerPlanner.Control;

namespace PlannerHost.Prometheus;

/// <summary>
/// The questions that a planner asks Prometheus about one deployment. Pure: options in, PromQL out. Each answer is a single number, or one
/// number a GPU where this says so.
/// </summary>
/// <remarks>
/// Rates and increases go before every sum, so that a counter that starts again at 0 (a reboot, a new pod) is seen as such. Sums go before
/// every quotient, so that a frontend with one request does not weigh as much as one with a thousand; 0/0 is NaN, which is "no data".
/// </remarks>
internal sealed class PlannerQueries(MetricNames names, int windowSeconds)
{
    private readonly string _window = $"[{PromQl.Seconds(windowSeconds)}]";

    /// <summary>Draw of each GPU of a role over the window, W, one a GPU: from energy where the GPU has that counter, else from the gauge.</summary>
    public string GpuWatts(FleetRole role, LabelScheme labels)
    {
        var selector = GpuSelector(labels, role);

        // Twins from a second exporter, and MIG instances that each report their whole board, are one GPU: the larger, not the sum.
        var gauge = $"max by ({names.GpuLabel}) (avg_over_time({names.PowerWatts}{selector}{_window}))";

        // No board draws 0 W: a counter that stands still is one that the board does not have.
        return names.EnergyMillijoules.Length == 0
            ? gauge
            : $"(max by ({names.GpuLabel}) (rate({names.EnergyMillijoules}{selector}{_window}) / 1000) > 0) or {gauge}";
    }

    /// <summary>GPUs of a role that the gauge has samples of now: what an expected count is compared with.</summary>
    public string GpuCount(FleetRole role, LabelScheme labels) => $"count(count by ({names.GpuLabel}) ({names.PowerWatts}{GpuSelector(labels, role)}))";

    /// <summary>The highest limit in force on a GPU of a role, W; null where no metric is named.</summary>
    public string? LimitWatts(FleetRole role, LabelScheme labels) => names.PowerLimitWatts.Length == 0 ? null : $"max({names.PowerLimitWatts}{GpuSelector(labels, role)})";

    /// <summary>Tokens that the role's workers have scheduled; null where no metric is named.</summary>
    public string? ScheduledTokens(FleetRole role, LabelScheme labels) =>
        names.ScheduledTokens.Length == 0 ? null : $"sum(max by ({PodLabel(labels)}) (avg_over_time({names.ScheduledTokens}{GpuSelector(labels, role)}{_window})))";

    /// <summary>The least <c>max_num_batched_tokens</c> of the role's workers; null where no metric is named.</summary>
    public string? MaxBatchedTokens(FleetRole role, LabelScheme labels) => names.MaxBatchedTokens.Length == 0 ? null : $"min({names.MaxBatchedTokens}{GpuSelector(labels, role)})";

    /// <summary>GPUs of the deployment under a scheme of labels: more than none tells that the scheme is the right one.</summary>
    public string Probe(LabelScheme labels) => $"count({names.PowerWatts}{GpuSelector(labels, role: null)})";

    /// <summary>Age of the newest sample of a GPU's draw, s, by Prometheus' own clock: the host's may differ.</summary>
    public string PowerAge(LabelScheme labels) => $"time() - max(timestamp({names.PowerWatts}{GpuSelector(labels, role: null)}))";

    /// <summary>Age of the newest sample of a frontend, s.</summary>
    public string FrontendAge() =>
        $"time() - max(timestamp({names.RequestsStarted}{FrontendSelector()}) or timestamp({names.RequestsCompleted}{FrontendSelector()}))";

    /// <summary>Requests that started in the window, or ended where only that is counted.</summary>
    public string Requests() => $"{Total(names.RequestsStarted)} or {Total(names.RequestsCompleted)}";

    public string Isl() => Mean(names.InputTokens);

    public string Osl() => Mean(names.OutputTokens);

    public string TtftSeconds() => Mean(names.TimeToFirstTokenSeconds);

    public string ItlSeconds() => Mean(names.InterTokenLatencySeconds);

    public string? QueueingSeconds() => names.QueueingSeconds.Length == 0 ? null : Mean(names.QueueingSeconds);

    public string? TtftP95Seconds() => names.Percentiles ? Percentile(names.TimeToFirstTokenSeconds) : null;

    public string? ItlP95Seconds() => names.Percentiles ? Percentile(names.InterTokenLatencySeconds) : null;

    /// <summary>Selector of the series of a role's GPUs, or of all of the deployment's.</summary>
    public string GpuSelector(LabelScheme labels, FleetRole? role)
    {
        var pods = role is { } one ? PodRegex(one) : string.Join('|', Enum.GetValues<FleetRole>().Where(each => names.ServiceOf(each) is not null).Select(PodRegex));
        return labels switch
        {
            LabelScheme.Exported => $"{{{PromQl.Is("exported_namespace", names.Namespace)},{PromQl.Matches("exported_pod", pods)}}}",
            LabelScheme.Honoured => $"{{{PromQl.Is("namespace", names.Namespace)},{PromQl.Matches("pod", pods)}}}",
            _ => throw new ArgumentOutOfRangeException(nameof(labels), labels, "The scheme must be known before a selector can be made."),
        };
    }

    private static string PodLabel(LabelScheme labels) => labels == LabelScheme.Exported ? "exported_pod" : "pod";

    // One anchored expression for the whole name: 'llama' must not take in 'llama-70', nor 'worker' 'worker-large'.
    private string PodRegex(FleetRole role)
    {
        var service = names.ServiceOf(role) ?? throw new ArgumentOutOfRangeException(nameof(role), role, "The deployment has no such role.");
        return names.PodPattern
            .Replace("{deployment}", PromQl.EscapeRegex(names.Deployment), StringComparison.Ordinal)
            .Replace("{service}", PromQl.EscapeRegex(Lower(service)), StringComparison.Ordinal);
    }

    private string FrontendSelector()
    {
        var conditions = names.FrontendLabels.Select(label => PromQl.Is(label.Key, label.Value)).ToList();
        if (names.Model is { } model)
        {
            conditions.Add(PromQl.Is(names.ModelLabel, Lower(model)));
        }

        return conditions.Count == 0 ? "" : $"{{{string.Join(',', conditions)}}}";
    }

    private string Total(string counter) => Sum(counter, by: null);

    private string Mean(string histogram) => $"{Sum(histogram + "_sum", by: null)} / {Sum(histogram + "_count", by: null)}";

    private string Percentile(string histogram) => $"histogram_quantile(0.95, {Sum(histogram + "_bucket", by: "le")})";

    private string Sum(string counter, string? by)
    {
        var increase = $"increase({counter}{FrontendSelector()}{_window})";
        if (names.FrontendIdentityLabel.Length > 0)
        {
            // A frontend that two jobs scrape counts once. The model stays apart: its requests are not another job's.
            increase = $"max by ({names.FrontendIdentityLabel},{names.ModelLabel}{(by is null ? "" : $",{by}")}) ({increase})";
        }

        return by is null ? $"sum({increase})" : $"sum by ({by}) ({increase})";
    }

    private static string Lower(string text) => text.ToLowerInvariant();
}
