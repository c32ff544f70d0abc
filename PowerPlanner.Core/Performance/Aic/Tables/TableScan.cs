using System.Runtime.CompilerServices;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// Collects the rows of one query from segment after segment. The columns that decide about a row are read first, the measurements only
/// where a row is left: most files of older versions repeat keys that a newer one has, and are never decoded further. Used by one thread.
/// </summary>
internal sealed class TableScan : IDisposable
{
    private const string KernelColumn = "kernel_source";
    private const string LatencyColumn = "latency";
    private const string PowerColumn = "power";

    private readonly TableQuery _query;
    private readonly TableRule _rule;
    private readonly TextPool _pool = new();
    private readonly RowKeys _keys;
    private readonly Dictionary<string, List<string[]>> _texts = [];
    private readonly Dictionary<string, List<long[]>> _integers = [];
    private readonly List<double[]> _latency = [];
    private readonly List<double[]> _power = [];

    public TableScan(TableQuery query, TableRule rule)
    {
        _query = query;
        _rule = rule;
        _keys = new RowKeys(query.TextColumns.Count + query.IntegerColumns.Count);
        foreach (var column in query.TextColumns)
        {
            _texts[column] = [];
        }

        foreach (var column in query.IntegerColumns)
        {
            _integers[column.Name] = [];
        }
    }

    /// <summary>Adds the rows of a segment whose key no earlier row has.</summary>
    /// <param name="kernels">Only rows of these kernels; null = all.</param>
    /// <exception cref="PerformanceFileException">A column is missing, or a cell has a value that is not allowed.</exception>
    public async ValueTask AddAsync(ITableSegment segment, IReadOnlySet<string>? kernels, CancellationToken cancellationToken)
    {
        if (segment.RowCount == 0)
        {
            return;
        }

        using var columns = new SegmentColumns(segment, _pool);
        var selection = columns.AllRows();
        if (_rule.RewrittenColumn is { } rewritten)
        {
            await RewriteAsync(columns, rewritten, segment.RowCount, cancellationToken).ConfigureAwait(false);
        }

        if (kernels is not null)
        {
            await KeepAsync(columns, selection, KernelColumn, kernels, cancellationToken).ConfigureAwait(false);
        }

        foreach (var filter in _query.Filters)
        {
            if (selection.Count > 0 && filter.Texts is { } texts)
            {
                await KeepAsync(columns, selection, filter.Column, texts, cancellationToken).ConfigureAwait(false);
            }

            if (selection.Count > 0 && filter.Integers is { } integers)
            {
                selection.Keep(await columns.IntegersAsync(filter.Column, filter.IntegerDefault, cancellationToken).ConfigureAwait(false), [.. integers]);
            }
        }

        if (selection.Count > 0 && _rule.Columns.Count > 0)
        {
            KeepByRule(await RuleColumnsAsync(columns, cancellationToken).ConfigureAwait(false), selection);
        }

        if (selection.Count > 0)
        {
            await KeepNewKeysAsync(columns, selection, cancellationToken).ConfigureAwait(false);
        }

        if (selection.Count > 0)
        {
            await GatherAsync(columns, selection, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>All rows taken so far.</summary>
    public TableRows ToRows()
    {
        var texts = new Dictionary<string, string[]>(_texts.Count);
        foreach (var (column, parts) in _texts)
        {
            texts.Add(column, Joined(parts));
        }

        var integers = new Dictionary<string, long[]>(_integers.Count);
        foreach (var (column, parts) in _integers)
        {
            integers.Add(column, Joined(parts));
        }

        return new TableRows(texts, integers, Joined(_latency), Joined(_power));
    }

    public void Dispose() => _keys.Dispose();

    private async ValueTask KeepAsync(
        SegmentColumns columns, RowSelection selection, string column, IReadOnlyCollection<string> allowed, CancellationToken cancellationToken)
    {
        var cells = await columns.TextsAsync(column, null, cancellationToken).ConfigureAwait(false);
        var verdicts = new bool[_pool.Count];
        for (var number = 0; number < verdicts.Length; number++)
        {
            verdicts[number] = allowed.Contains(_pool[number]);
        }

        selection.Keep(cells, verdicts);
    }

    private async ValueTask<int[][]> RuleColumnsAsync(SegmentColumns columns, CancellationToken cancellationToken)
    {
        var inputs = new int[_rule.Columns.Count][];
        for (var i = 0; i < inputs.Length; i++)
        {
            inputs[i] = await columns.TextsAsync(_rule.Columns[i], AbsentForRule(_rule.Columns[i]), cancellationToken).ConfigureAwait(false);
        }

        return inputs;
    }

    // A column is read once: where the query needs a value in each cell, the rule, which does not, must not be the one to fill holes.
    private string? AbsentForRule(string column) =>
        _query.TextColumns.Contains(column) || _query.Filters.Any(filter => filter.Column == column && filter.Texts is not null) ? null : "";

    private async ValueTask RewriteAsync(SegmentColumns columns, string rewritten, int rowCount, CancellationToken cancellationToken)
    {
        var inputs = await RuleColumnsAsync(columns, cancellationToken).ConfigureAwait(false);
        var output = await columns.TextsAsync(rewritten, AbsentForRule(rewritten), cancellationToken).ConfigureAwait(false);
        var row = new RuleCells(_pool, inputs);
        var number = -1;
        for (var i = 0; i < rowCount; i++)
        {
            if (row.MoveTo(i))
            {
                number = _pool.NumberOf(_rule.Rewrite(row.Texts));
            }

            output[i] = number;
        }
    }

    private void KeepByRule(int[][] inputs, RowSelection selection)
    {
        var row = new RuleCells(_pool, inputs);
        var verdict = false;
        var kept = 0;
        for (var i = 0; i < selection.Count; i++)
        {
            if (row.MoveTo(selection.Rows[i]))
            {
                verdict = _rule.Keeps(row.Texts);
            }

            selection.Rows[kept] = selection.Rows[i];
            kept += verdict ? 1 : 0;
        }

        selection.Count = kept;
    }

    private async ValueTask KeepNewKeysAsync(SegmentColumns columns, RowSelection selection, CancellationToken cancellationToken)
    {
        var texts = new int[_query.TextColumns.Count][];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = await columns.TextsAsync(_query.TextColumns[i], null, cancellationToken).ConfigureAwait(false);
        }

        var integers = new long[_query.IntegerColumns.Count][];
        for (var i = 0; i < integers.Length; i++)
        {
            var column = _query.IntegerColumns[i];
            integers[i] = await columns.IntegersAsync(column.Name, column.Default, cancellationToken).ConfigureAwait(false);
        }

        KeepNewKeys(texts, integers, selection);
    }

    // Runs once a row, mostly in the first load of a process, before the runtime could see that it is hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void KeepNewKeys(int[][] texts, long[][] integers, RowSelection selection)
    {
        Span<long> key = new long[texts.Length + integers.Length];
        var kept = 0;
        for (var i = 0; i < selection.Count; i++)
        {
            var row = selection.Rows[i];
            for (var j = 0; j < texts.Length; j++)
            {
                key[j] = texts[j][row];
            }

            for (var j = 0; j < integers.Length; j++)
            {
                key[texts.Length + j] = integers[j][row];
            }

            selection.Rows[kept] = row;
            kept += _keys.Add(key) ? 1 : 0;
        }

        selection.Count = kept;
    }

    private async ValueTask GatherAsync(SegmentColumns columns, RowSelection selection, CancellationToken cancellationToken)
    {
        // What can still turn out to be an error comes first: nothing is half taken then.
        var integers = new long[_query.IntegerColumns.Count][];
        var latency = selection.Gather(await columns.MeasurementsAsync(LatencyColumn, "ms", null, cancellationToken).ConfigureAwait(false));
        var power = selection.Gather(await columns.MeasurementsAsync(PowerColumn, "W", 0, cancellationToken).ConfigureAwait(false));
        for (var i = 0; i < _query.IntegerColumns.Count; i++)
        {
            var column = _query.IntegerColumns[i];
            var cells = await columns.IntegersAsync(column.Name, column.Default, cancellationToken).ConfigureAwait(false);
            columns.CheckKeys(column, cells, selection);
            integers[i] = selection.Gather(cells);
        }

        foreach (var (column, parts) in _texts)
        {
            parts.Add(selection.Gather(await columns.TextsAsync(column, null, cancellationToken).ConfigureAwait(false), _pool));
        }

        for (var i = 0; i < integers.Length; i++)
        {
            _integers[_query.IntegerColumns[i].Name].Add(integers[i]);
        }

        _latency.Add(latency);
        _power.Add(power);
    }

    private static T[] Joined<T>(List<T[]> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        var count = 0;
        foreach (var part in parts)
        {
            count += part.Length;
        }

        var all = new T[count];
        var at = 0;
        foreach (var part in parts)
        {
            part.CopyTo(all, at);
            at += part.Length;
        }

        return all;
    }

    /// <summary>The cells that a rule looks at, of one row after the other.</summary>
    private sealed class RuleCells(TextPool pool, int[][] columns)
    {
        private readonly int[] _numbers = Unset(columns.Length);
        private readonly string[] _texts = new string[columns.Length];

        public ReadOnlySpan<string> Texts => _texts;

        /// <summary>Moves to a row.</summary>
        /// <returns>False where its cells are those of the row before.</returns>
        public bool MoveTo(int row)
        {
            var isNew = false;
            for (var i = 0; i < columns.Length; i++)
            {
                if (columns[i][row] != _numbers[i])
                {
                    _numbers[i] = columns[i][row];
                    _texts[i] = pool[_numbers[i]];
                    isNew = true;
                }
            }

            return isNew;
        }

        private static int[] Unset(int count)
        {
            var numbers = new int[count];
            Array.Fill(numbers, -1);
            return numbers;
        }
    }
}
