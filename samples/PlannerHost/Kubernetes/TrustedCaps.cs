namespace PlannerHost.Kubernetes;

/// <summary>
/// Since when each pod has been seen asking for its present cap, and which one it may be under until the agent has certainly applied it. Not
/// thread-safe.
/// </summary>
internal sealed class TrustedCaps(TimeSpan trustAfter, TimeProvider time)
{
    private Dictionary<string, (int CapWatts, long Since)> _asked = new(StringComparer.Ordinal);

    /// <summary>Notes what the pods ask for, and forgets pods that are gone.</summary>
    public void See(IEnumerable<PodFacts> pods)
    {
        var now = time.GetTimestamp();
        var seen = new Dictionary<string, (int CapWatts, long Since)>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            if (CapAnnotation.Parse(pod.RequestedCap) is { } cap)
            {
                seen[pod.Uid] = _asked.TryGetValue(pod.Uid, out var before) && before.CapWatts == cap ? before : (cap, now);
            }
        }

        _asked = seen;
    }

    /// <summary>The cap that a pod has asked for long enough, W; null = not long enough.</summary>
    public int? Of(PodFacts pod) =>
        _asked.TryGetValue(pod.Uid, out var asked) && time.GetElapsedTime(asked.Since) >= trustAfter ? asked.CapWatts : null;
}
