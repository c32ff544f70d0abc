namespace PlannerHost.Hosting;

/// <summary>The host itself: where it listens and what it keeps on disk.</summary>
internal sealed class PlannerHostOptions
{
    /// <summary>Where health, metrics and status are served. Default the loopback interface, port 8080; a container needs <c>http://0.0.0.0:8080</c> for its probes.</summary>
    public Uri ListenAddress { get; set; } = new("http://127.0.0.1:8080");

    /// <summary>Whether the status page, which shows plans and addresses, also answers what does not arrive on loopback. Default false: use a port forward.</summary>
    public bool StatusFromAnywhere { get; set; }

    /// <summary>Folder of the snapshots; null (default) = none are kept, and each start is a cold one.</summary>
    public string? SnapshotFolder { get; set; }

    /// <summary>Time between two snapshots, s. Greater than 0; default 10, a sixth of a tick: what a killed host forgets is at most its last commands, which the fleet shows it.</summary>
    public double SnapshotSeconds { get; set; } = 10;

    /// <summary>Every violation, as "field: value; allowed".</summary>
    public IEnumerable<string> Violations()
    {
        if (!ListenAddress.IsAbsoluteUri || ListenAddress.Scheme != Uri.UriSchemeHttp)
        {
            yield return $"Host:ListenAddress: '{ListenAddress.OriginalString}'; an absolute http address is needed";
        }

        if (!(SnapshotSeconds > 0 && SnapshotSeconds <= 86_400))
        {
            yield return FormattableString.Invariant($"Host:SnapshotSeconds: {SnapshotSeconds}; greater than 0, at most 86400");
        }
    }
}
