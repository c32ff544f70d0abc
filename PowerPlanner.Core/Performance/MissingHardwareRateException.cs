namespace PowerPlanner.Performance;

/// <summary>The hardware has no rate for the number format that the model needs.</summary>
public sealed class MissingHardwareRateException : PerformanceException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was asked, where, and what there is.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public MissingHardwareRateException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
