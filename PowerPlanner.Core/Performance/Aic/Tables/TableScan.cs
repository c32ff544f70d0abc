using System.Buffers;
using System.Globalization;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// Collects the rows of one query from segment after segment: the columns that decide about a row are read first, the others only where a
/// row is left. Used by one thread.
/// </summary>
internal sealed class TableScan
{
    private const string KernelColumn = "kernel_source";
    private const string LatencyColumn = "latency";
    private const string PowerColumn = "power";

    private readonly TableQuery _query;
    private readonly TableRule _rule;
    private readonly Dictionary<string, List<string[]>> _texts = [];
    private readonly Dictionary<string, List<long[]>> _integers = [];
    private readonly List<double[]> _latency = [];
    private readonly List<double[]> _power = [];

    public TableScan(TableQuery query, TableRule rule)
    {
        _query = query;
        _rule = rule;
        foreach (var column in query.TextColumns)
        {
            _texts[column] = [];
        }

        foreach (var column in query.IntegerColumns)
        {
            _integers[column.Name] = [];
        }
    }

    /// <summary>Adds the rows of a segment.</summary>
    /// <param name="kernels">Only rows of these kernels; null = all.</param>
    /// <exception cref="PerformanceFileException">A column is missing, or a cell has a value that is not allowed.</exception>
    public async ValueTask AddAsync(ITableSegment segment, IReadOnlySet<string>? kernels, CancellationToken cancellationToken)
    {
        if (segment.RowCount == 0)
        {
            return;
        }

        using var columns = new SegmentColumns(segment);
        var selection = columns.AllRows();
        if (_rule.Columns.Count > 0)
        {
            await ApplyRuleAsync(columns, selection, cancellationToken).ConfigureAwait(false);
        }

        if (kernels is not null)
        {
            selection.Keep(await columns.TextsAsync(KernelColumn, null, cancellationToken).ConfigureAwait(false), kernels);
        }

        foreach (var filter in _query.Filters)
        {
            if (selection.Count == 0)
            {
                return;
            }

            if (filter.Texts is { } texts)
            {
                selection.Keep(await columns.TextsAsync(filter.Column, null, cancellationToken).ConfigureAwait(false), texts);
            }

            if (filter.Integers is { } integers)
            {
                selection.Keep(await columns.IntegersAsync(filter.Column, filter.IntegerDefault, cancellationToken).ConfigureAwait(false), integers);
            }
        }

        if (selection.Count > 0)
        {
            await GatherAsync(columns, selection, cancellationToken).ConfigureAwait(false);
        }
    }

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

    private async ValueTask ApplyRuleAsync(SegmentColumns columns, RowSelection selection, CancellationToken cancellationToken)
    {
        var inputs = new string[_rule.Columns.Count][];
        for (var i = 0; i < inputs.Length; i++)
        {
            inputs[i] = await columns.TextsAsync(_rule.Columns[i], "", cancellationToken).ConfigureAwait(false);
        }

        var cells = new string[inputs.Length];
        var rewritten = _rule.RewrittenColumn is null ? null : inputs[IndexOf(_rule.Columns, _rule.RewrittenColumn)];
        var kept = 0;
        for (var row = 0; row < columns.Segment.RowCount; row++)
        {
            for (var i = 0; i < cells.Length; i++)
            {
                cells[i] = inputs[i][row];
            }

            if (_rule.Keeps(cells))
            {
                selection.Rows[kept++] = row;
                if (rewritten is not null)
                {
                    rewritten[row] = _rule.Rewrite(cells);
                }
            }
        }

        selection.Count = kept;
    }

    private async ValueTask GatherAsync(SegmentColumns columns, RowSelection selection, CancellationToken cancellationToken)
    {
        foreach (var column in _query.TextColumns)
        {
            _texts[column].Add(selection.Gather(await columns.TextsAsync(column, null, cancellationToken).ConfigureAwait(false)));
        }

        foreach (var (column, absent) in _query.IntegerColumns)
        {
            _integers[column].Add(selection.Gather(await columns.IntegersAsync(column, absent, cancellationToken).ConfigureAwait(false)));
        }

        _latency.Add(selection.Gather(await columns.RealsAsync(LatencyColumn, null, "ms", cancellationToken).ConfigureAwait(false)));
        _power.Add(selection.Gather(await columns.RealsAsync(PowerColumn, 0, "W", cancellationToken).ConfigureAwait(false)));
    }

    private static int IndexOf(IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
            {
                return i;
            }
        }

        throw new ArgumentException($"'{name}' is not among {string.Join(", ", names)}.", nameof(name));
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

    /// <summary>Rows of a segment that are still in the race, in file order.</summary>
    private sealed class RowSelection(int[] rows, int count)
    {
        public int[] Rows { get; } = rows;

        public int Count { get; set; } = count;

        public void Keep(string[] cells, IReadOnlyCollection<string> allowed)
        {
            // Cells of one text share one string, so the verdict on the last row is mostly the verdict on this one.
            string? last = null;
            var verdict = false;
            var kept = 0;
            for (var i = 0; i < Count; i++)
            {
                var cell = cells[Rows[i]];
                if (!ReferenceEquals(cell, last))
                {
                    (last, verdict) = (cell, allowed.Contains(cell));
                }

                if (verdict)
                {
                    Rows[kept++] = Rows[i];
                }
            }

            Count = kept;
        }

        public void Keep(long[] cells, IReadOnlyList<long> allowed)
        {
            var kept = 0;
            for (var i = 0; i < Count; i++)
            {
                var cell = cells[Rows[i]];
                for (var j = 0; j < allowed.Count; j++)
                {
                    if (allowed[j] == cell)
                    {
                        Rows[kept++] = Rows[i];
                        break;
                    }
                }
            }

            Count = kept;
        }

        public T[] Gather<T>(T[] cells)
        {
            var gathered = new T[Count];
            for (var i = 0; i < gathered.Length; i++)
            {
                gathered[i] = cells[Rows[i]];
            }

            return gathered;
        }
    }

    /// <summary>Columns of one segment, each read at most once, in rented buffers.</summary>
    private sealed class SegmentColumns(ITableSegment segment) : IDisposable
    {
        private readonly Dictionary<string, string[]> _texts = [];
        private readonly Dictionary<string, long[]> _integers = [];
        private double[]? _reals;
        private int[]? _rows;

        public ITableSegment Segment { get; } = segment;

        public RowSelection AllRows()
        {
            _rows = ArrayPool<int>.Shared.Rent(Segment.RowCount);
            for (var row = 0; row < Segment.RowCount; row++)
            {
                _rows[row] = row;
            }

            return new RowSelection(_rows, Segment.RowCount);
        }

        public async ValueTask<string[]> TextsAsync(string column, string? absent, CancellationToken cancellationToken)
        {
            if (!_texts.TryGetValue(column, out var texts))
            {
                texts = ArrayPool<string>.Shared.Rent(Segment.RowCount);
                _texts.Add(column, texts);
                var wanted = texts.AsMemory(0, Segment.RowCount);
                if (Segment.Has(column))
                {
                    await Segment.ReadTextsAsync(column, wanted, absent, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    wanted.Span.Fill(absent ?? throw Missing(column));
                }
            }

            return texts;
        }

        public async ValueTask<long[]> IntegersAsync(string column, long? absent, CancellationToken cancellationToken)
        {
            if (!_integers.TryGetValue(column, out var integers))
            {
                integers = ArrayPool<long>.Shared.Rent(Segment.RowCount);
                _integers.Add(column, integers);
                var wanted = integers.AsMemory(0, Segment.RowCount);
                if (Segment.Has(column))
                {
                    await Segment.ReadIntegersAsync(column, wanted, absent, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    wanted.Span.Fill(absent ?? throw Missing(column));
                }
            }

            return integers;
        }

        /// <summary>Measured values; the buffer is used again by the next call.</summary>
        public async ValueTask<double[]> RealsAsync(string column, double? absent, string unit, CancellationToken cancellationToken)
        {
            _reals ??= ArrayPool<double>.Shared.Rent(Segment.RowCount);
            var wanted = _reals.AsMemory(0, Segment.RowCount);
            if (!Segment.Has(column))
            {
                wanted.Span.Fill(absent ?? throw Missing(column));
                return _reals;
            }

            await Segment.ReadRealsAsync(column, wanted, absent, cancellationToken).ConfigureAwait(false);
            var cells = wanted.Span;
            for (var row = 0; row < cells.Length; row++)
            {
                // 0 is allowed: the tables of quantization costs, which are differences of two kernels, hold it.
                if (!(cells[row] >= 0 && cells[row] < double.PositiveInfinity))
                {
                    throw new PerformanceFileException(Segment.Path, string.Create(
                        CultureInfo.InvariantCulture, $"row {Segment.FirstRow + row}, column '{column}' is {cells[row]} {unit}; allowed is a finite number >= 0."));
                }
            }

            return _reals;
        }

        public void Dispose()
        {
            foreach (var texts in _texts.Values)
            {
                ArrayPool<string>.Shared.Return(texts, clearArray: true);
            }

            foreach (var integers in _integers.Values)
            {
                ArrayPool<long>.Shared.Return(integers);
            }

            if (_reals is not null)
            {
                ArrayPool<double>.Shared.Return(_reals);
            }

            if (_rows is not null)
            {
                ArrayPool<int>.Shared.Return(_rows);
            }
        }

        private PerformanceFileException Missing(string column) => new(Segment.Path, $"column '{column}' is missing; it is required.");
    }
}
