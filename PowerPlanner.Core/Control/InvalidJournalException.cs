namespace PowerPlanner.Control;

/// <summary>A journal that cannot be replayed: damaged, changed by hand, or of another version.</summary>
public sealed class InvalidJournalException : Exception
{
    /// <summary>Creates the exception without a reason.</summary>
    public InvalidJournalException()
        : this("The journal cannot be replayed.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which line, what is wrong with it, and what is allowed.</param>
    public InvalidJournalException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception around its cause.</summary>
    /// <param name="message">Which line, what is wrong with it, and what is allowed.</param>
    /// <param name="innerException">The cause.</param>
    public InvalidJournalException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal InvalidJournalException(long line, string problem, Exception? innerException = null)
        : base(FormattableString.Invariant($"line {line}: {problem}"), innerException) => Line = line;

    /// <summary>The line, from 1; 0 where it is none in particular.</summary>
    public long Line { get; }
}
