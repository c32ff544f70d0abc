namespace PowerPlanner.Cli;

/// <summary>Reads the files that the command line names.</summary>
internal static class InputFile
{
    /// <summary>All bytes of a file.</summary>
    /// <exception cref="BadInputException">It does not exist or cannot be read.</exception>
    public static async Task<byte[]> ReadAsync(string option, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var problem = exception switch
            {
                FileNotFoundException or DirectoryNotFoundException => "does not exist",
                _ when Directory.Exists(path) => "is a folder",
                _ => $"cannot be read ({exception.Message})",
            };
            throw new BadInputException($"{path}: {option}: {problem}; allowed: a readable file", exception);
        }
    }
}
