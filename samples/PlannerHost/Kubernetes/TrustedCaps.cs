namespace PlannerHost.Kubernetes;

/// <summary>
/// Since when each pod has been seen asking for its present cap, and for which at most before: one that its agent may have applied. Not
/// thread-safe.
/// </summary>
internal sealed class TrustedCaps(TimeSpan trustAfter, TimeProvider time)
{
    private Dictionary<string, (int CapWatts, long Since, int Highest)> _asked = new(StringComparer.Ordinal);

    /// <summary>Notes what the pods ask for, and forgets pods that are gone.</summary>
    public void See(IEnumerable<PodFacts> pods)
    {
        var now = time.GetTimestamp();
        var seen = new Dictionary<string, (int CapWatts, long Since, int Highest)>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            if (CapAnnotation.Parse(pod.RequestedCap) is { } cap)
            {
                seen[pod.Uid] = !_asked.TryGetValue(pod.Uid, out var before) ? (cap, now, cap)
                    : before.CapWatts == cap ? before
                    : (cap, now, Math.Max(before.Highest, cap));
            }
        }

        _asked = seen;
    }

    /// <summary>The cap that a pod has asked for long enough, W; null = not long enough.</summary>
    public int? Of(PodFacts pod) =>
        _asked.TryGetValue(pod.Uid, out var asked) && time.GetElapsedTime(asked.Since) >= trustAfter ? asked.CapWatts : null;

    /// <summary>The highest cap that a pod has been seen asking for, W; null = none.</summary>
    public int? HighestAsked(PodFacts pod) => _asked.TryGetValue(pod.Uid, out var asked) ? asked.Highest : null;
}
