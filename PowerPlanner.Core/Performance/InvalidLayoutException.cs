namespace PowerPlanner.Performance;

/// <summary>A parallel layout that the model or the backend does not allow.</summary>
public sealed class InvalidLayoutException : PerformanceException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was asked, where, and what there is.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public InvalidLayoutException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
