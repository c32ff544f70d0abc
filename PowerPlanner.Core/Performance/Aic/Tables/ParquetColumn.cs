namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>A column of a Parquet file's schema.</summary>
internal sealed record ParquetColumn(string Name, ParquetType Type, ParquetRepetition Repetition);

/// <summary>How a Parquet file stores the values of a column, by the codes of its metadata.</summary>
internal enum ParquetType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Int96 = 3,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLengthByteArray = 7,
}

/// <summary>How many values a row has, by the codes of the metadata.</summary>
internal enum ParquetRepetition
{
    Required = 0,
    Optional = 1,
    Repeated = 2,
}
