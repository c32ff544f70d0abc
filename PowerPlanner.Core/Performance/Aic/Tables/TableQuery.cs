namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Which columns and rows of a table an evaluator needs. Latency and power are always read.</summary>
/// <param name="Table">File name without extension, e.g. <c>gemm_perf</c>.</param>
/// <param name="TextColumns">Text columns to return.</param>
/// <param name="IntegerColumns">Integer columns to return; null as <see cref="IntegerColumn.Default"/> makes the column required.</param>
/// <param name="Filters">All must hold for a row to be returned.</param>
internal sealed record TableQuery(
    string Table, IReadOnlyList<string> TextColumns, IReadOnlyList<IntegerColumn> IntegerColumns, IReadOnlyList<ColumnFilter> Filters);

/// <summary>An integer column, with the value that rows of a file without it get.</summary>
internal readonly record struct IntegerColumn(string Name, long? Default = null);

/// <summary>Keeps the rows whose column has one of the values: text, or the integers of an <see cref="IntegerColumn"/>.</summary>
internal sealed record ColumnFilter(string Column, IReadOnlyList<string>? Texts = null, IReadOnlyList<long>? Integers = null, long? IntegerDefault = null);
