using Parquet;
using Parquet.Schema;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Parquet files of a few rows. A column of nullable cells (texts always are) is written with definition levels, as in the real tables.</summary>
internal static class TestParquet
{
    public static Task<byte[]> ToBytesAsync(params (string Name, Array Cells)[] columns) =>
        ToBytesAsync(CompressionMethod.Snappy, rowsPerGroup: int.MaxValue, columns);

    public static async Task<byte[]> ToBytesAsync(CompressionMethod compression, int rowsPerGroup, params (string Name, Array Cells)[] columns)
    {
        var fields = Array.ConvertAll(columns, static c => Field(c.Name, c.Cells));
        using var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream, new ParquetOptions { CompressionMethod = compression }))
        {
            var rows = columns[0].Cells.Length;
            for (var from = 0; from < rows || from == 0; from += rowsPerGroup == int.MaxValue ? Math.Max(1, rows) : rowsPerGroup)
            {
                using var group = writer.CreateRowGroup();
                var range = from..Math.Min(rows, from + Math.Min(rows, rowsPerGroup));
                for (var i = 0; i < fields.Length; i++)
                {
                    await WriteAsync(group, fields[i], columns[i].Cells, range);
                }

                group.CompleteValidate();
            }
        }

        return stream.ToArray();
    }

    private static DataField Field(string name, Array cells) => cells switch
    {
        string?[] => new DataField(name, typeof(string), isNullable: true),
        long?[] => new DataField(name, typeof(long), isNullable: true),
        double?[] => new DataField(name, typeof(double), isNullable: true),
        long[] => new DataField(name, typeof(long), isNullable: false),
        int[] => new DataField(name, typeof(int), isNullable: false),
        double[] => new DataField(name, typeof(double), isNullable: false),
        bool[] => new DataField(name, typeof(bool), isNullable: false),
        _ => throw new NotSupportedException(cells.GetType().Name),
    };

    private static async Task WriteAsync(ParquetRowGroupWriter group, DataField field, Array cells, Range range)
    {
        switch (cells)
        {
            case string[] texts:
                await group.WriteAsync(field, texts[range]);
                break;
            case long?[] integers:
                await group.WriteAsync<long>(field, integers[range].AsMemory());
                break;
            case double?[] reals:
                await group.WriteAsync<double>(field, reals[range].AsMemory());
                break;
            case long[] integers:
                await group.WriteAsync<long>(field, integers[range].AsMemory());
                break;
            case int[] integers:
                await group.WriteAsync<int>(field, integers[range].AsMemory());
                break;
            case double[] reals:
                await group.WriteAsync<double>(field, reals[range].AsMemory());
                break;
            case bool[] flags:
                await group.WriteAsync<bool>(field, flags[range].AsMemory());
                break;
        }
    }
}
