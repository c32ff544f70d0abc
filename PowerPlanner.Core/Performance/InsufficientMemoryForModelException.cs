namespace PowerPlanner.Performance;

/// <summary>Weights, activations and KV cache do not fit into the GPU's memory.</summary>
public sealed class InsufficientMemoryForModelException : PerformanceException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was asked, where, and what there is.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public InsufficientMemoryForModelException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
