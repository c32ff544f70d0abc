namespace PlannerHost.Prometheus;

/// <summary>Where Prometheus is and how to ask it. The names of what is asked for stand in <see cref="Names"/>.</summary>
internal sealed class PrometheusOptions
{
    /// <summary>Base addresses of Prometheus replicas that scrape the same targets: <c>http://prometheus:9090/</c>. At least one. They are asked in turn until one answers, never added up.</summary>
    public List<Uri> Endpoints { get; set; } = [];

    /// <summary>File with a bearer token, read anew for each query since Kubernetes rotates it; null = none. The token itself is never an option, so that no dump of a configuration shows it.</summary>
    public string? BearerTokenFile { get; set; }

    /// <summary>Whether the token may go over plain HTTP to another machine, as inside a service mesh that encrypts. Default false.</summary>
    public bool AllowTokenOverHttp { get; set; }

    /// <summary>PEM file of the authorities to trust instead of the system's; null = the system's.</summary>
    public string? CaCertificateFile { get; set; }

    /// <summary>PEM file of a client certificate; null = none.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>PEM file of its key; null = in the same file.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>Time limit of one query at one replica, s. Greater than 0; default 5: a tenth of a tick, so that even a hung replica leaves time for the next one.</summary>
    public double QueryTimeoutSeconds { get; set; } = 5;

    /// <summary>How long a replica that failed is asked last, s. At least 0; default 60.</summary>
    public double FailedReplicaSeconds { get; set; } = 60;

    /// <summary>Largest answer, bytes, after decompression. At least 1024; default 4 MiB: some 20,000 GPUs.</summary>
    public int MaxResponseBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Window of rates and averages, s. At least 4 scrape intervals; default 180, three ticks.</summary>
    public int WindowSeconds { get; set; } = 180;

    /// <summary>Signals whose newest sample is older than this are absent, s. Greater than 0; default 60: two scrapes missed at the usual 30 s.</summary>
    public double MaxSampleAgeSeconds { get; set; } = 60;

    /// <summary>Names, labels and what selects this deployment.</summary>
    public MetricNames Names { get; set; } = new();

    /// <summary>Every violation, as "field: value; allowed"; empty where the options are valid.</summary>
    public IEnumerable<string> Violations()
    {
        if (Endpoints.Count == 0)
        {
            yield return "Endpoints: none; at least one base address of Prometheus is needed";
        }

        foreach (var endpoint in Endpoints)
        {
            if (!endpoint.IsAbsoluteUri || (endpoint.Scheme != Uri.UriSchemeHttp && endpoint.Scheme != Uri.UriSchemeHttps))
            {
                yield return $"Endpoints: '{Shown(endpoint)}'; an absolute http or https address is needed";
            }
            else if (endpoint.UserInfo.Length > 0)
            {
                // Not repeated: what stands there is a password, and this text goes to the log.
                yield return $"Endpoints: the address of '{endpoint.Host}' carries credentials; use BearerTokenFile";
            }
            else if (BearerTokenFile is not null && !AllowTokenOverHttp && endpoint.Scheme == Uri.UriSchemeHttp && !endpoint.IsLoopback)
            {
                yield return $"Endpoints: '{endpoint}' would get the bearer token unencrypted; use https, or set AllowTokenOverHttp where the network encrypts";
            }
        }

        if (!(QueryTimeoutSeconds > 0 && QueryTimeoutSeconds <= 300))
        {
            yield return FormattableString.Invariant($"QueryTimeoutSeconds: {QueryTimeoutSeconds}; greater than 0, at most 300");
        }

        if (!(FailedReplicaSeconds >= 0 && FailedReplicaSeconds <= 3600))
        {
            yield return FormattableString.Invariant($"FailedReplicaSeconds: {FailedReplicaSeconds}; 0 to 3600");
        }

        if (MaxResponseBytes < 1024)
        {
            yield return FormattableString.Invariant($"MaxResponseBytes: {MaxResponseBytes}; at least 1024");
        }

        if (WindowSeconds is < 1 or > 86_400)
        {
            yield return FormattableString.Invariant($"WindowSeconds: {WindowSeconds}; 1 to 86400");
        }

        if (!(MaxSampleAgeSeconds > 0 && MaxSampleAgeSeconds <= 86_400))
        {
            yield return FormattableString.Invariant($"MaxSampleAgeSeconds: {MaxSampleAgeSeconds}; greater than 0, at most 86400");
        }

        foreach (var violation in Names.Violations())
        {
            yield return $"Names.{violation}";
        }
    }

    private static string Shown(Uri uri) => uri.OriginalString.Contains('@', StringComparison.Ordinal) ? "(with credentials)" : uri.OriginalString;
}
