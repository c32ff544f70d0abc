namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>One file that feeds a table.</summary>
/// <param name="Path">A Parquet file, or a CSV file with the extension <c>.txt</c> (the retired form).</param>
/// <param name="Backend">Folder name of the backend that it was measured with.</param>
/// <param name="Version">The version that it was measured with.</param>
/// <param name="Kernels">Only rows of these kernels are lent; null = all rows.</param>
internal sealed record TableSource(string Path, string Backend, string Version, IReadOnlySet<string>? Kernels = null)
{
    public bool IsText => Path.EndsWith(TextExtension, StringComparison.Ordinal);

    public const string ParquetExtension = ".parquet";

    public const string TextExtension = ".txt";
}
