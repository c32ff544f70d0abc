namespace PowerPlanner.Performance;

/// <summary>A file of performance data or of a model's configuration that cannot be used: damaged, incomplete, or with a value that is not allowed.</summary>
public sealed class PerformanceFileException : PerformanceException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What is wrong: row or field, the value, and what is allowed.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public PerformanceFileException(string path, string problem, Exception? innerException = null)
        : base($"{path}: {problem}", innerException)
    {
        Path = path;
    }

    /// <summary>The file.</summary>
    public string Path { get; }
}
