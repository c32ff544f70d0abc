namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>A page of a column, by its header.</summary>
internal readonly record struct ParquetPage
{
    public ParquetPageKind Kind { get; init; }

    /// <summary>Where its content begins in the file.</summary>
    public int Start { get; init; }

    /// <summary>Bytes of the content in the file.</summary>
    public int CompressedBytes { get; init; }

    /// <summary>Bytes of the content once it is decompressed.</summary>
    public int Bytes { get; init; }

    /// <summary>Nulls included; of a dictionary, its entries.</summary>
    public int Values { get; init; }

    public ParquetEncoding Encoding { get; init; }

    /// <summary>How nulls are marked in a data page of version 1.</summary>
    public ParquetEncoding LevelEncoding { get; init; }

    /// <summary>Bytes that mark nulls in a data page of version 2.</summary>
    public int DefinitionBytes { get; init; }

    /// <summary>Bytes that mark lists in a data page of version 2: none in a flat table.</summary>
    public int RepetitionBytes { get; init; }

    /// <summary>False where the content is stored as it is although the column has a codec.</summary>
    public bool IsCompressed { get; init; }

    /// <summary>Levels lie uncompressed before the values in data pages of version 2 only.</summary>
    public long LevelBytes => (long)DefinitionBytes + RepetitionBytes;

    public bool IsData => Kind is ParquetPageKind.Data or ParquetPageKind.DataVersion2;
}

/// <summary>What a page holds, by the codes of Parquet's metadata.</summary>
internal enum ParquetPageKind
{
    Data = 0,
    Index = 1,
    Dictionary = 2,
    DataVersion2 = 3,
}

/// <summary>How a page's values are written, by the codes of Parquet's metadata; other codes occur.</summary>
internal enum ParquetEncoding
{
    Plain = 0,

    /// <summary>Numbers of dictionary entries; the older code, which dictionaries themselves have as well.</summary>
    PlainDictionary = 2,

    /// <summary>Runs of equal or bit-packed numbers.</summary>
    RunLength = 3,

    /// <summary>Numbers of dictionary entries.</summary>
    RunLengthDictionary = 8,
}
