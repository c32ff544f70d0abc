namespace PowerPlanner.Performance;

/// <summary>A model, an architecture or a number format that this library does not know.</summary>
public sealed class UnknownModelException : PerformanceException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was asked, where, and what there is.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public UnknownModelException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
