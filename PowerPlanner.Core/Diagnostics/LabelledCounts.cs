using System.Diagnostics.Metrics;

namespace PowerPlanner.Diagnostics;

/// <summary>
/// Counts by the value of one label. Known values start at 0, so that a rate sees their first event; others join when they are first
/// counted. Thread-safe; counting a value that is known allocates nothing.
/// </summary>
internal sealed class LabelledCounts(string label, params ReadOnlySpan<string> known)
{
    // A label that a host feeds (a signal's name, say) must not make series without end.
    private const int MostValues = 32;
    private const string Other = "other";

    private readonly Lock _lock = new();
    private readonly List<(string Value, long Count)> _counts = [.. known.ToArray().Select(value => (value, 0L))];

    /// <summary>Adds to the count of a value.</summary>
    public void Add(string value, long count = 1)
    {
        lock (_lock)
        {
            var index = IndexOf(value);
            if (index < 0 && _counts.Count >= MostValues)
            {
                value = Other;
                index = IndexOf(value);
            }

            if (index < 0)
            {
                _counts.Add((value, count));
            }
            else
            {
                _counts[index] = (value, _counts[index].Count + count);
            }
        }
    }

    /// <summary>All counts, as measurements of one deployment.</summary>
    public Measurement<long>[] Measure(KeyValuePair<string, object?> deployment)
    {
        lock (_lock)
        {
            return [.. _counts.Select(entry => new Measurement<long>(entry.Count, deployment, new KeyValuePair<string, object?>(label, entry.Value)))];
        }
    }

    private int IndexOf(string value)
    {
        for (var i = 0; i < _counts.Count; i++)
        {
            if (string.Equals(_counts[i].Value, value, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }
}
