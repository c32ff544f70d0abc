namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>A stretch of rows of a Parquet file.</summary>
internal sealed record ParquetRowGroup(long Rows, IReadOnlyList<ParquetChunk> Chunks);

/// <summary>The pages of one column in one row group: where they lie in the file and how many values (nulls included) they hold.</summary>
internal sealed record ParquetChunk(string Path, ParquetType Type, int Codec, long Start, long CompressedBytes, long Values);
