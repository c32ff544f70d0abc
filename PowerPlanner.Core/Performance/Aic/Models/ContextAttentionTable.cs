namespace PowerPlanner.Performance.Aic.Models;

/// <summary>The table that says which formats of prefill attention a backend has (specification 5.3, step 5).</summary>
/// <param name="Name">File name without extension.</param>
/// <param name="FormatColumn">Its column of attention formats.</param>
internal readonly record struct ContextAttentionTable(string Name, string FormatColumn);
