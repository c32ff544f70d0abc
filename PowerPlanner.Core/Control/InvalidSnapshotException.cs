namespace PowerPlanner.Control;

/// <summary>A snapshot that cannot be used: damaged, of another version, or with impossible values. A cold start follows.</summary>
public sealed class InvalidSnapshotException : Exception
{
    /// <summary>Creates the exception without a reason.</summary>
    public InvalidSnapshotException()
        : this("The snapshot cannot be used.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which field, its value, and what is allowed.</param>
    public InvalidSnapshotException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception around its cause.</summary>
    /// <param name="message">Which field, its value, and what is allowed.</param>
    /// <param name="innerException">The cause.</param>
    public InvalidSnapshotException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
