namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>What AIC does to the rows of one table while it reads them (specification 1.6): some are skipped, some are filed under another format.</summary>
/// <remarks>A rule looks at text columns only; of a file that lacks one of them it sees the empty text.</remarks>
internal abstract class TableRule
{
    /// <param name="file">The table's file name without extension.</param>
    /// <param name="columns">Text columns that the rule looks at, in the order in which it gets their cells.</param>
    protected TableRule(string file, IReadOnlyList<string> columns)
    {
        File = file;
        Columns = columns;
    }

    public string File { get; }

    public IReadOnlyList<string> Columns { get; }

    /// <summary>The column (of <see cref="Columns"/>) whose cells <see cref="Rewrite"/> gives; null where none is rewritten.</summary>
    public virtual string? RewrittenColumn => null;

    /// <summary>The rule of a table; tables without a rule of their own keep every row.</summary>
    public static TableRule For(string table, string system) => table switch
    {
        "gemm_perf" => new GemmRule(),
        "custom_allreduce_perf" when system != AllReduceRule.EagerSystem => new AllReduceRule(),
        MoeRule.Table => new MoeRule(lowLatency: false),
        MoeRule.LowLatencyTable => new MoeRule(lowLatency: true),
        _ => new KeepAll(table),
    };

    /// <summary>Whether a row counts. <paramref name="cells"/> are those of <see cref="Columns"/>, rewritten already.</summary>
    public abstract bool Keeps(ReadOnlySpan<string> cells);

    /// <summary>The cell of <see cref="RewrittenColumn"/>, from the cells as the file has them.</summary>
    public virtual string Rewrite(ReadOnlySpan<string> cells) => throw new NotSupportedException();

    private sealed class KeepAll(string file) : TableRule(file, [])
    {
        public override bool Keeps(ReadOnlySpan<string> cells) => true;
    }

    /// <summary>Weight-only formats that AIC does not model are skipped.</summary>
    private sealed class GemmRule() : TableRule("gemm_perf", ["gemm_dtype"])
    {
        public override bool Keeps(ReadOnlySpan<string> cells) => cells[0] is not ("awq" or "gptq");
    }

    /// <summary>All-reduces launched outside of a graph are skipped, except on the one system that has no others.</summary>
    private sealed class AllReduceRule() : TableRule("custom_allreduce_perf", ["kernel_source", "backend"])
    {
        public const string EagerSystem = "b60";
        private const string EagerSuffix = "_eager";

        public override bool Keeps(ReadOnlySpan<string> cells) =>
            !cells[0].EndsWith(EagerSuffix, StringComparison.Ordinal) && !cells[1].EndsWith(EagerSuffix, StringComparison.Ordinal);
    }
}
