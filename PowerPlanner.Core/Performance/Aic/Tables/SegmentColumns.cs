using System.Buffers;
using System.Globalization;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Columns of one segment, each read at most once, in rented buffers that go back when this is disposed.</summary>
internal sealed class SegmentColumns(ITableSegment segment, TextPool texts) : IDisposable
{
    private readonly Dictionary<string, int[]> _texts = [];
    private readonly Dictionary<string, long[]> _integers = [];
    private double[]? _reals;
    private int[]? _rows;

    public RowSelection AllRows()
    {
        _rows ??= ArrayPool<int>.Shared.Rent(segment.RowCount);
        for (var row = 0; row < segment.RowCount; row++)
        {
            _rows[row] = row;
        }

        return new RowSelection(_rows, segment.RowCount);
    }

    /// <summary>A text column's cells as numbers of the pool.</summary>
    /// <param name="absent">What cells without a value count as, and all cells of a file without the column; null makes both an error.</param>
    public async ValueTask<int[]> TextsAsync(string column, string? absent, CancellationToken cancellationToken)
    {
        if (!_texts.TryGetValue(column, out var cells))
        {
            cells = ArrayPool<int>.Shared.Rent(segment.RowCount);
            _texts.Add(column, cells);
            var wanted = cells.AsMemory(0, segment.RowCount);
            if (segment.Has(column))
            {
                await segment.ReadTextsAsync(column, wanted, texts, absent, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                wanted.Span.Fill(texts.NumberOf(absent ?? throw Missing(column)));
            }
        }

        return cells;
    }

    /// <param name="absent">What cells without a value count as, and all cells of a file without the column; null makes both an error.</param>
    public async ValueTask<long[]> IntegersAsync(string column, long? absent, CancellationToken cancellationToken)
    {
        if (!_integers.TryGetValue(column, out var cells))
        {
            cells = ArrayPool<long>.Shared.Rent(segment.RowCount);
            _integers.Add(column, cells);
            var wanted = cells.AsMemory(0, segment.RowCount);
            if (segment.Has(column))
            {
                await segment.ReadIntegersAsync(column, wanted, absent, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                wanted.Span.Fill(absent ?? throw Missing(column));
            }
        }

        return cells;
    }

    /// <summary>Measured values, each finite and not negative; the buffer is used again by the next call.</summary>
    /// <remarks>
    /// 0 is a value: measured costs of quantization, which are differences of two kernels, hold it (specification, chapter 11), and AIC drops
    /// nothing for it (1.6). Whoever divides by a latency has to look.
    /// </remarks>
    public async ValueTask<double[]> MeasurementsAsync(string column, string unit, double? absent, CancellationToken cancellationToken)
    {
        _reals ??= ArrayPool<double>.Shared.Rent(segment.RowCount);
        var wanted = _reals.AsMemory(0, segment.RowCount);
        if (segment.Has(column))
        {
            await segment.ReadRealsAsync(column, wanted, absent, cancellationToken).ConfigureAwait(false);
            Check(column, unit, wanted.Span);
        }
        else
        {
            wanted.Span.Fill(absent ?? throw Missing(column));
        }

        return _reals;
    }

    /// <summary>Refuses a selected row whose integer is outside of what the column allows.</summary>
    /// <exception cref="PerformanceFileException">There is one.</exception>
    public void CheckKeys(in IntegerColumn column, long[] cells, RowSelection selection)
    {
        for (var i = 0; i < selection.Count; i++)
        {
            var row = selection.Rows[i];
            if (cells[row] < column.Least || cells[row] > IntegerColumn.Most)
            {
                throw new PerformanceFileException(segment.Path, string.Create(
                    CultureInfo.InvariantCulture,
                    $"row {segment.FirstRow + row}, column '{column.Name}' is {cells[row]}; allowed is an integer from {column.Least} to {IntegerColumn.Most}."));
            }
        }
    }

    public void Dispose()
    {
        foreach (var cells in _texts.Values)
        {
            ArrayPool<int>.Shared.Return(cells);
        }

        foreach (var cells in _integers.Values)
        {
            ArrayPool<long>.Shared.Return(cells);
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

    private void Check(string column, string unit, ReadOnlySpan<double> cells)
    {
        for (var row = 0; row < cells.Length; row++)
        {
            if (!(cells[row] >= 0 && cells[row] < double.PositiveInfinity))
            {
                throw new PerformanceFileException(segment.Path, string.Create(
                    CultureInfo.InvariantCulture, $"row {segment.FirstRow + row}, column '{column}' is {cells[row]} {unit}; allowed is a finite number >= 0."));
            }
        }
    }

    private PerformanceFileException Missing(string column) => new(segment.Path, $"column '{column}' is missing; it is required.");
}
