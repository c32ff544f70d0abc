using PowerPlanner.Control;

namespace PowerPlanner.Tests.Control.Journals;

/// <summary>A journal of which every so many calls throw.</summary>
internal sealed class FailingJournal(int every) : IDecisionJournal
{
    private int _calls;

    public int Every { get; set; } = every;

    public bool IsFull => Fails(false);

    public void Begin(ReadOnlySpan<byte> line) => Fails(true);

    public void Append(ReadOnlySpan<byte> line) => Fails(true);

    public void Flush() => Fails(true);

    private bool Fails(bool answer) => Every > 0 && ++_calls % Every == 0 ? throw new IOException("No space left on device") : answer;
}
