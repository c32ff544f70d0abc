using System.Text;
using PowerPlanner.Control;

namespace PowerPlanner.Tests.Control.Journals;

/// <summary>A journal of small parts.</summary>
internal sealed class ListJournal(int maxLines) : IDecisionJournal
{
    public List<List<string>> Parts { get; } = [];

    public bool IsFull => Parts[^1].Count >= maxLines;

    public void Begin(ReadOnlySpan<byte> line) => Parts.Add([Encoding.UTF8.GetString(line)]);

    public void Append(ReadOnlySpan<byte> line) => Parts[^1].Add(Encoding.UTF8.GetString(line));

    public void Flush()
    {
    }
}
