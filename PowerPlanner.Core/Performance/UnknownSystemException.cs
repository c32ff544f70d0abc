namespace PowerPlanner.Performance;

/// <summary>A GPU system, a backend or a version for which there are no files.</summary>
public sealed class UnknownSystemException : PerformanceException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was asked, where, and what there is.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public UnknownSystemException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
