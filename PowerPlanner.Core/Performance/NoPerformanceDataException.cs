namespace PowerPlanner.Performance;

/// <summary>The model has no data for the point that was asked: a table, a slice or a neighbour is missing.</summary>
public sealed class NoPerformanceDataException : PerformanceException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was asked, where, and what there is.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public NoPerformanceDataException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
