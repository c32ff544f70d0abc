namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Which columns and rows of a table an evaluator needs. Latency and power are always read.</summary>
/// <param name="Table">File name without extension, e.g. <c>gemm_perf</c>.</param>
/// <param name="TextColumns">Text columns to return.</param>
/// <param name="IntegerColumns">Integer columns to return; null as <see cref="IntegerColumn.Default"/> makes the column required.</param>
/// <param name="Filters">All must hold for a row to be returned.</param>
internal sealed record TableQuery(
    string Table, IReadOnlyList<string> TextColumns, IReadOnlyList<IntegerColumn> IntegerColumns, IReadOnlyList<ColumnFilter> Filters);

/// <summary>An integer column, with the value that rows of a file without it get, and the least that a returned row may have.</summary>
internal readonly record struct IntegerColumn(string Name, long? Default = null, long Least = 0)
{
    /// <summary>
    /// The most that a returned row may have: a message of so many elements would fill 2 TB. Up to here sums of two are exact as doubles, which
    /// searches for the next token of a size rely on.
    /// </summary>
    public const long Most = 1L << 40;
}

/// <summary>Keeps the rows whose column has one of the values: text, or the integers of an <see cref="IntegerColumn"/>.</summary>
internal sealed record ColumnFilter(string Column, IReadOnlyList<string>? Texts = null, IReadOnlyList<long>? Integers = null, long? IntegerDefault = null);
