using System.Diagnostics.Metrics;

namespace PowerPlanner.Diagnostics;

/// <summary>
/// Counts by the value of one label, or of two. Known values start at 0, so that a rate sees their first event; others join when they are first
/// counted. Thread-safe; counting a value that is known allocates nothing.
/// </summary>
internal sealed class LabelledCounts(string label, params ReadOnlySpan<string> known)
{
    // A label that a host feeds (a signal's name, say) must not make series without end.
    private const int MostValues = 32;
    private const string Other = "other";

    private readonly Lock _lock = new();
    private readonly List<(string Value, string? Second, long Count)> _counts = [.. known.ToArray().Select(value => (value, (string?)null, 0L))];

    /// <summary>Name of a second label; null = there is one label only.</summary>
    public string? SecondLabel { get; init; }

    /// <summary>Adds one to the count of a value.</summary>
    /// <param name="value">The label's value.</param>
    /// <param name="second">That of the second label, where there is one.</param>
    public void Add(string value, string? second = null)
    {
        lock (_lock)
        {
            var index = IndexOf(value, second);
            if (index < 0 && _counts.Count >= MostValues)
            {
                (value, second) = (Other, second is null ? null : Other);
                index = IndexOf(value, second);
            }

            if (index < 0)
            {
                _counts.Add((value, second, 1));
            }
            else
            {
                _counts[index] = (value, second, _counts[index].Count + 1);
            }
        }
    }

    /// <summary>All counts, as measurements of one deployment.</summary>
    public Measurement<long>[] Measure(KeyValuePair<string, object?> deployment)
    {
        lock (_lock)
        {
            return [.. _counts.Select(entry => SecondLabel is { } second
                ? new Measurement<long>(entry.Count, deployment, new(label, entry.Value), new(second, entry.Second))
                : new Measurement<long>(entry.Count, deployment, new KeyValuePair<string, object?>(label, entry.Value)))];
        }
    }

    private int IndexOf(string value, string? second)
    {
        for (var i = 0; i < _counts.Count; i++)
        {
            if (string.Equals(_counts[i].Value, value, StringComparison.Ordinal) && string.Equals(_counts[i].Second, second, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }
}
