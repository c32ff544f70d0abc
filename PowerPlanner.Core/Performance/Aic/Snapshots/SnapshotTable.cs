using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Snapshots;

/// <summary>The answer to one query, and the files that it came from.</summary>
/// <param name="Folder">Which tables were asked.</param>
/// <param name="Table">The table's name.</param>
/// <param name="Key">The query, by <see cref="SnapshotQuery.Key"/>.</param>
/// <param name="Sources">The files, in order.</param>
/// <param name="Rows">The rows, in order.</param>
internal sealed record SnapshotTable(TableFolder Folder, string Table, byte[] Key, SourceStamp[] Sources, TableRows Rows)
{
    public void Write(SnapshotWriter writer)
    {
        writer.Byte((byte)Folder);
        writer.Text(Table);
        writer.Block(Key);
        SourceStamp.Write(Sources, writer);
        writer.Integer(Rows.Count);
        writer.Reals(Rows.LatencyMs);
        writer.Reals(Rows.PowerWatts);
        writer.Integer(Rows.TextColumns.Count);
        foreach (var (name, cells) in Rows.TextColumns)
        {
            writer.Text(name);
            WriteTexts(writer, cells);
        }

        writer.Integer(Rows.IntegerColumns.Count);
        foreach (var (name, cells) in Rows.IntegerColumns)
        {
            writer.Text(name);
            writer.Longs(cells);
        }
    }

    public static SnapshotTable Read(ref SnapshotReader reader)
    {
        var folder = reader.Byte("folder of a table") is <= (byte)TableFolder.Primary and var number
            ? (TableFolder)number
            : throw reader.Unfit("folder of a table", "unknown", "0 to 3");
        var table = reader.Text("name of a table");
        var key = reader.Block("query").ToArray();
        var sources = SourceStamp.Read(ref reader);
        var rows = reader.Count(2 * sizeof(double), "number of rows");
        var latency = reader.NotNegatives(rows, "latency");
        var power = reader.NotNegatives(rows, "power");
        var texts = new Dictionary<string, string[]>();
        for (var left = reader.Count(sizeof(int), "number of text columns"); left > 0; left--)
        {
            var name = reader.Text("name of a text column");
            if (!texts.TryAdd(name, ReadTexts(ref reader, rows)))
            {
                throw reader.Unfit("text column", $"'{name}' comes twice", "once");
            }
        }

        var integers = new Dictionary<string, long[]>();
        for (var left = reader.Count(sizeof(int), "number of integer columns"); left > 0; left--)
        {
            var name = reader.Text("name of an integer column");
            if (!integers.TryAdd(name, reader.Longs(rows, name)))
            {
                throw reader.Unfit("integer column", $"'{name}' comes twice", "once");
            }
        }

        return new SnapshotTable(folder, table, key, sources, new TableRows(texts, integers, latency, power));
    }

    // A column of thousands of cells has a dozen texts: each once, then their numbers.
    private static void WriteTexts(SnapshotWriter writer, string[] cells)
    {
        var numbers = new OrderedDictionary<string, long>(StringComparer.Ordinal);
        var indexes = new long[cells.Length];
        for (var i = 0; i < cells.Length; i++)
        {
            numbers.TryAdd(cells[i], numbers.Count);
            indexes[i] = numbers[cells[i]];
        }

        writer.Integer(numbers.Count);
        foreach (var text in numbers.Keys)
        {
            writer.Text(text);
        }

        writer.Longs(indexes);
    }

    private static string[] ReadTexts(ref SnapshotReader reader, int rows)
    {
        var texts = reader.Texts("texts of a column");
        var indexes = reader.Longs(rows, "cells of a text column");
        var cells = new string[rows];
        for (var i = 0; i < cells.Length; i++)
        {
            cells[i] = (ulong)indexes[i] < (ulong)texts.Length
                ? texts[indexes[i]]
                : throw reader.Unfit("cells of a text column", $"number {indexes[i]} of a text", $"0 to {texts.Length - 1}");
        }

        return cells;
    }
}
