using PowerPlanner.Control;

namespace PlannerHost.Prometheus;

/// <summary>Names of metrics and labels, and what selects one deployment among them. The defaults are those of dcgm-exporter and of Dynamo's frontend.</summary>
internal sealed class MetricNames
{
    /// <summary>Kubernetes namespace of the deployment's pods, not Dynamo's logical one. Required.</summary>
    public string Namespace { get; set; } = "";

    /// <summary>Name of the deployment, the first part of its pods' names. Required.</summary>
    public string Deployment { get; set; } = "";

    /// <summary>Service key of prefill workers, in any case; null = the deployment has none.</summary>
    public string? PrefillService { get; set; }

    /// <summary>Service key of decode workers; null = none.</summary>
    public string? DecodeService { get; set; }

    /// <summary>Service key of aggregated engines; null = none.</summary>
    public string? AggregatedService { get; set; }

    /// <summary>
    /// Shape of a pod's whole name, as a regular expression in which <c>{deployment}</c> and <c>{service}</c> stand for the names,
    /// escaped. The default ends in one part without a dash: service <c>worker</c> must not take in <c>worker-large-x7k2p</c>.
    /// </summary>
    public string PodPattern { get; set; } = "{deployment}-[0-9]+-{service}-[a-z0-9]+";

    /// <summary>Which labels name the workload; default: found out by asking.</summary>
    public LabelScheme Labels { get; set; } = LabelScheme.Probe;

    /// <summary>Label of a GPU's identity, by which duplicates are told.</summary>
    public string GpuLabel { get; set; } = "UUID";

    /// <summary>Draw of a GPU board, W (gauge).</summary>
    public string PowerWatts { get; set; } = "DCGM_FI_DEV_POWER_USAGE";

    /// <summary>Energy of a GPU board, mJ (counter); preferred, since it misses nothing between scrapes. Empty = not used.</summary>
    public string EnergyMillijoules { get; set; } = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION";

    /// <summary>Power limit in force, W (gauge); off in dcgm-exporter's default list. Empty = not used.</summary>
    public string PowerLimitWatts { get; set; } = "DCGM_FI_DEV_POWER_MGMT_LIMIT";

    /// <summary>Histogram of the time to first token, s.</summary>
    public string TimeToFirstTokenSeconds { get; set; } = "dynamo_frontend_time_to_first_token_seconds";

    /// <summary>Histogram of the inter-token latency, s.</summary>
    public string InterTokenLatencySeconds { get; set; } = "dynamo_frontend_inter_token_latency_seconds";

    /// <summary>Histogram or summary of waiting before prefill, s; empty (default) = not known.</summary>
    public string QueueingSeconds { get; set; } = "";

    /// <summary>Histogram or summary of input lengths, tokens.</summary>
    public string InputTokens { get; set; } = "dynamo_frontend_input_sequence_tokens";

    /// <summary>Histogram or summary of output lengths, tokens.</summary>
    public string OutputTokens { get; set; } = "dynamo_frontend_output_sequence_tokens";

    /// <summary>Requests that started (counter).</summary>
    public string RequestsStarted { get; set; } = "dynamo_frontend_requests_started_total";

    /// <summary>Requests that ended (counter), where there is no count of those that started.</summary>
    public string RequestsCompleted { get; set; } = "dynamo_frontend_requests_total";

    /// <summary>Tokens that a worker has scheduled (gauge), by pod; empty (default) = not known.</summary>
    public string ScheduledTokens { get; set; } = "";

    /// <summary>A worker's <c>max_num_batched_tokens</c> (gauge), by pod; empty (default) = not known.</summary>
    public string MaxBatchedTokens { get; set; } = "";

    /// <summary>Model whose traffic counts; sent in lower case, as frontends label it. Null = every model of the selected frontends.</summary>
    public string? Model { get; set; }

    /// <summary>Label of the model.</summary>
    public string ModelLabel { get; set; } = "model";

    /// <summary>Further labels that frontend series must have, such as the namespace or the job.</summary>
    public Dictionary<string, string> FrontendLabels { get; set; } = [];

    /// <summary>Label of a frontend's identity, by which doubly scraped frontends are told; empty (default) = each is scraped once.</summary>
    public string FrontendIdentityLabel { get; set; } = "";

    /// <summary>Whether the 95th percentiles of latencies are asked for. Default true; they are judged against the targets instead of the means.</summary>
    public bool Percentiles { get; set; } = true;

    /// <summary>Service key of a role; null = the deployment has none.</summary>
    public string? ServiceOf(FleetRole role) => role switch
    {
        FleetRole.Prefill => PrefillService,
        FleetRole.Decode => DecodeService,
        _ => AggregatedService,
    };

    /// <summary>Every violation, as "field: value; allowed".</summary>
    public IEnumerable<string> Violations()
    {
        foreach (var (field, value) in ((string, string?)[])[(nameof(Namespace), Namespace), (nameof(Deployment), Deployment), (nameof(PodPattern), PodPattern)])
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                yield return $"{field}: missing";
            }
        }

        if (PrefillService is null && DecodeService is null && AggregatedService is null)
        {
            yield return $"{nameof(PrefillService)}, {nameof(DecodeService)}, {nameof(AggregatedService)}: none is set; at least one role is needed";
        }

        foreach (var (field, value, required) in ((string, string, bool)[])
        [
            (nameof(PowerWatts), PowerWatts, true), (nameof(EnergyMillijoules), EnergyMillijoules, false), (nameof(PowerLimitWatts), PowerLimitWatts, false),
            (nameof(TimeToFirstTokenSeconds), TimeToFirstTokenSeconds, true), (nameof(InterTokenLatencySeconds), InterTokenLatencySeconds, true),
            (nameof(QueueingSeconds), QueueingSeconds, false), (nameof(InputTokens), InputTokens, true), (nameof(OutputTokens), OutputTokens, true),
            (nameof(RequestsStarted), RequestsStarted, true), (nameof(RequestsCompleted), RequestsCompleted, true),
            (nameof(ScheduledTokens), ScheduledTokens, false), (nameof(MaxBatchedTokens), MaxBatchedTokens, false),
        ])
        {
            if ((required || value.Length > 0) && !PromQl.IsMetricName(value))
            {
                yield return $"{field}: '{value}'; a metric's name is letters, digits, '_' and ':', not starting with a digit";
            }
        }

        foreach (var label in FrontendLabels.Keys.Append(GpuLabel).Append(ModelLabel).Append(FrontendIdentityLabel.Length > 0 ? FrontendIdentityLabel : GpuLabel).Distinct(StringComparer.Ordinal))
        {
            if (!PromQl.IsLabelName(label))
            {
                yield return $"'{label}': not a label; letters, digits and '_', not starting with a digit";
            }
        }
    }
}
