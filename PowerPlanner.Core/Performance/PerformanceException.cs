namespace PowerPlanner.Performance;

/// <summary>A performance model cannot be built, or cannot answer. The derived types say why.</summary>
public abstract class PerformanceException : Exception
{
    private protected PerformanceException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
