namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>A column of a Parquet file's schema.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">How its values are stored.</param>
/// <param name="Repetition">How many values a row has.</param>
/// <param name="IsPlain">Whether the stored values are what the column means: integers of 64 bits, reals, UTF-8 text. A time, for one, is none.</param>
internal sealed record ParquetColumn(string Name, ParquetType Type, ParquetRepetition Repetition, bool IsPlain);

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
