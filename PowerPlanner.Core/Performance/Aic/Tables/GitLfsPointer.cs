namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Small text files that stand in for tables in a checkout without Git LFS (specification 1.2).</summary>
internal static class GitLfsPointer
{
    private const string Start = "version https://git-lfs";

    /// <summary>Refuses the text of a pointer.</summary>
    /// <exception cref="PerformanceFileException">It is one.</exception>
    public static void Refuse(string path, ReadOnlySpan<char> text)
    {
        if (text.StartsWith(Start, StringComparison.Ordinal))
        {
            throw Pointer(path);
        }
    }

    /// <summary>Refuses the bytes of a pointer.</summary>
    /// <exception cref="PerformanceFileException">It is one.</exception>
    public static void Refuse(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("version https://git-lfs"u8))
        {
            throw Pointer(path);
        }
    }

    private static PerformanceFileException Pointer(string path) =>
        new(path, "is a Git LFS pointer ('version https://git-lfs…'), not the file itself; fetch the content with 'git lfs pull'.");
}
