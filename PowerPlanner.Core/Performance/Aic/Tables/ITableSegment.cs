namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>A stretch of rows of one file: a row group of a Parquet file, or a whole text file. Columns are found by name and read one by one.</summary>
internal interface ITableSegment
{
    /// <summary>The file.</summary>
    string Path { get; }

    int RowCount { get; }

    /// <summary>Number of the first row in the file; the file's first row is 1.</summary>
    long FirstRow { get; }

    bool Has(string column);

    /// <param name="texts">Receives the cells as numbers of the pool.</param>
    /// <param name="absent">What a cell without a value counts as; null makes it an error.</param>
    /// <exception cref="PerformanceFileException">Not a text column, a cell without a value, or damaged.</exception>
    ValueTask ReadTextsAsync(string column, Memory<int> texts, TextPool pool, string? absent, CancellationToken cancellationToken);

    /// <param name="absent">What a cell without a value counts as; null makes it an error.</param>
    /// <exception cref="PerformanceFileException">Not an integer column, a cell without a value, or damaged.</exception>
    ValueTask ReadIntegersAsync(string column, Memory<long> integers, long? absent, CancellationToken cancellationToken);

    /// <param name="absent">What a cell without a value counts as; null makes it an error.</param>
    /// <exception cref="PerformanceFileException">Not a column of numbers, a cell without a value, or damaged.</exception>
    ValueTask ReadRealsAsync(string column, Memory<double> reals, double? absent, CancellationToken cancellationToken);
}
