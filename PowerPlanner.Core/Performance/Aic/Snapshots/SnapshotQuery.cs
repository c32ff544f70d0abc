using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Snapshots;

/// <summary>Which tables of a system a query is put to.</summary>
internal enum TableFolder : byte
{
    Backend,
    Nccl,
    OneCcl,

    /// <summary>The backend's, of the requested version alone.</summary>
    Primary,
}

/// <summary>A query as bytes, by which a snapshot finds its answer: equal bytes are equal questions.</summary>
internal static class SnapshotQuery
{
    /// <summary>Holds every field of the query: one left out would let a snapshot answer another question.</summary>
    public static byte[] Key(TableFolder folder, TableQuery query)
    {
        var writer = new SnapshotWriter();
        writer.Byte((byte)folder);
        writer.Text(query.Table);
        Texts(writer, query.TextColumns);
        writer.Integer(query.IntegerColumns.Count);
        foreach (var (name, absent, least) in query.IntegerColumns)
        {
            writer.Text(name);
            Optional(writer, absent);
            writer.Long(least);
        }

        writer.Integer(query.Filters.Count);
        foreach (var filter in query.Filters)
        {
            writer.Text(filter.Column);
            writer.Byte(filter.Texts is null ? (byte)0 : (byte)1);
            Texts(writer, filter.Texts ?? []);
            writer.Byte(filter.Integers is null ? (byte)0 : (byte)1);
            writer.Integer(filter.Integers?.Count ?? 0);
            foreach (var value in filter.Integers ?? [])
            {
                writer.Long(value);
            }

            Optional(writer, filter.IntegerDefault);
        }

        return writer.Written.ToArray();
    }

    private static void Texts(SnapshotWriter writer, IReadOnlyList<string> texts)
    {
        writer.Integer(texts.Count);
        foreach (var text in texts)
        {
            writer.Text(text);
        }
    }

    private static void Optional(SnapshotWriter writer, long? value)
    {
        writer.Byte(value is null ? (byte)0 : (byte)1);
        writer.Long(value ?? 0);
    }
}
