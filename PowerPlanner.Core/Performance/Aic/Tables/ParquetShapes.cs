namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Structures of a Parquet file's metadata (github.com/apache/parquet-format, src/main/thrift/parquet.thrift, version 2.11).</summary>
internal static class ParquetShapes
{
    // The definition's own names, as far as they are none of C#.
    private const ThriftType Flag = ThriftType.True;
    private const ThriftType I8 = ThriftType.Byte;
    private const ThriftType I16 = ThriftType.Int16;
    private const ThriftType I32 = ThriftType.Int32;
    private const ThriftType I64 = ThriftType.Int64;
    private const ThriftType Real = ThriftType.Double;
    private const ThriftType Binary = ThriftType.Binary;
    private const ThriftType List = ThriftType.List;
    private const ThriftType Struct = ThriftType.Struct;

    private static readonly ThriftShape Empty = new();

    private static readonly ThriftShape KeyValue = new(new(1, Binary), new(2, Binary));

    private static readonly ThriftShape TimeUnit = new(new(1, Struct, Inside: Empty), new(2, Struct, Inside: Empty), new(3, Struct, Inside: Empty));

    private static readonly ThriftShape Time = new(new(1, Flag), new(2, Struct, Inside: TimeUnit));

    private static readonly ThriftShape LogicalType = new(
        new(1, Struct, Inside: Empty),
        new(2, Struct, Inside: Empty),
        new(3, Struct, Inside: Empty),
        new(4, Struct, Inside: Empty),
        new(5, Struct, Inside: new(new(1, I32), new(2, I32))),
        new(6, Struct, Inside: Empty),
        new(7, Struct, Inside: Time),
        new(8, Struct, Inside: Time),
        new(10, Struct, Inside: new(new(1, I8), new(2, Flag))),
        new(11, Struct, Inside: Empty),
        new(12, Struct, Inside: Empty),
        new(13, Struct, Inside: Empty),
        new(14, Struct, Inside: Empty),
        new(15, Struct, Inside: Empty),
        new(16, Struct, Inside: new(new ThriftField(1, I8))),
        new(17, Struct, Inside: new(new ThriftField(1, Binary))),
        new(18, Struct, Inside: new(new(1, Binary), new(2, I32))));

    private static readonly ThriftShape SchemaElement = new(
        new(1, I32), new(2, I32), new(3, I32), new(4, Binary), new(5, I32), new(6, I32), new(7, I32), new(8, I32), new(9, I32),
        new(10, Struct, Inside: LogicalType));

    private static readonly ThriftShape Statistics = new(
        new(1, Binary), new(2, Binary), new(3, I64), new(4, I64), new(5, Binary), new(6, Binary), new(7, Flag), new(8, Flag));

    private static readonly ThriftShape PageEncodingStats = new(new(1, I32), new(2, I32), new(3, I32));

    private static readonly ThriftShape SizeStatistics = new(new(1, I64), new(2, List, I64), new(3, List, I64));

    private static readonly ThriftShape BoundingBox = new(
        new(1, Real), new(2, Real), new(3, Real), new(4, Real),
        new(5, Real), new(6, Real), new(7, Real), new(8, Real));

    private static readonly ThriftShape GeospatialStatistics = new(new(1, Struct, Inside: BoundingBox), new(2, List, I32));

    private static readonly ThriftShape ColumnMetaData = new(
        new(1, I32), new(2, List, I32), new(3, List, Binary), new(4, I32), new(5, I64), new(6, I64), new(7, I64),
        new(8, List, Struct, KeyValue), new(9, I64), new(10, I64), new(11, I64), new(12, Struct, Inside: Statistics),
        new(13, List, Struct, PageEncodingStats), new(14, I64), new(15, I32), new(16, Struct, Inside: SizeStatistics),
        new(17, Struct, Inside: GeospatialStatistics));

    private static readonly ThriftShape ColumnCryptoMetaData = new(
        new(1, Struct, Inside: Empty), new(2, Struct, Inside: new(new(1, List, Binary), new(2, Binary))));

    private static readonly ThriftShape ColumnChunk = new(
        new(1, Binary), new(2, I64), new(3, Struct, Inside: ColumnMetaData), new(4, I64), new(5, I32), new(6, I64), new(7, I32),
        new(8, Struct, Inside: ColumnCryptoMetaData), new(9, Binary));

    private static readonly ThriftShape SortingColumn = new(new(1, I32), new(2, Flag), new(3, Flag));

    private static readonly ThriftShape RowGroup = new(
        new(1, List, Struct, ColumnChunk), new(2, I64), new(3, I64), new(4, List, Struct, SortingColumn), new(5, I64), new(6, I64), new(7, I16));

    private static readonly ThriftShape Encryption = new(new(1, Binary), new(2, Binary), new(3, Flag));

    private static readonly ThriftShape DataPageHeader = new(new(1, I32), new(2, I32), new(3, I32), new(4, I32), new(5, Struct, Inside: Statistics));

    private static readonly ThriftShape DictionaryPageHeader = new(new(1, I32), new(2, I32), new(3, Flag));

    private static readonly ThriftShape DataPageHeaderV2 = new(
        new(1, I32), new(2, I32), new(3, I32), new(4, I32), new(5, I32), new(6, I32), new(7, Flag), new(8, Struct, Inside: Statistics));

    /// <summary>The footer.</summary>
    public static ThriftShape FileMetaData { get; } = new(
        new(1, I32), new(2, List, Struct, SchemaElement), new(3, I64), new(4, List, Struct, RowGroup), new(5, List, Struct, KeyValue), new(6, Binary),
        new(7, List, Struct, new(new ThriftField(1, Struct, Inside: Empty))),
        new(8, Struct, Inside: new(new(1, Struct, Inside: Encryption), new(2, Struct, Inside: Encryption))),
        new(9, Binary));

    /// <summary>What precedes each page.</summary>
    public static ThriftShape PageHeader { get; } = new(
        new(1, I32), new(2, I32), new(3, I32), new(4, I32), new(5, Struct, Inside: DataPageHeader), new(6, Struct, Inside: Empty),
        new(7, Struct, Inside: DictionaryPageHeader), new(8, Struct, Inside: DataPageHeaderV2));
}
