namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>The fields of a structure in Thrift's compact protocol, with their types. Fields that a shape does not know may have any type.</summary>
/// <remarks>
/// A reader that is made from a definition, as Parquet.Net's is, reads a known field by the definition and not by the type that the file states.
/// Where the two differ it loses its place, and takes whatever comes next for a length: so they must not differ.
/// </remarks>
internal sealed class ThriftShape(params ThriftField[] fields)
{
    private readonly Dictionary<int, ThriftField> _fields = fields.ToDictionary(static field => field.Id);

    /// <summary>Walks a structure.</summary>
    /// <exception cref="InvalidDataException">A field has another type, or the structure does not end.</exception>
    public void Check(ref ThriftCompactReader reader)
    {
        reader.BeginStruct();
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            if (!_fields.TryGetValue(id, out var field))
            {
                reader.Skip(type);
                continue;
            }

            // True stands for both values of a boolean.
            if ((type == ThriftType.False ? ThriftType.True : type) != field.Type)
            {
                throw new InvalidDataException($"metadata byte {reader.Position}: field {id} is {type}, not {field.Type}");
            }

            if (field.Inside is not { } inside)
            {
                CheckPlain(ref reader, field, id);
            }
            else if (field.Type == ThriftType.Struct)
            {
                inside.Check(ref reader);
            }
            else
            {
                for (var left = Elements(ref reader, field, id); left > 0; left--)
                {
                    inside.Check(ref reader);
                }
            }
        }
    }

    private static void CheckPlain(ref ThriftCompactReader reader, in ThriftField field, int id)
    {
        if (field.Type != ThriftType.List)
        {
            reader.Skip(field.Type);
            return;
        }

        for (var left = Elements(ref reader, field, id); left > 0; left--)
        {
            reader.Skip(field.Elements);
        }
    }

    private static int Elements(ref ThriftCompactReader reader, in ThriftField field, int id)
    {
        var count = reader.BeginList(ThriftType.List, out var elements);
        return count == 0 || elements == field.Elements
            ? count
            : throw new InvalidDataException($"metadata byte {reader.Position}: the list in field {id} holds {elements}, not {field.Elements}");
    }
}

/// <summary>A field of a <see cref="ThriftShape"/>.</summary>
/// <param name="Id">The number that stands for the field in a file.</param>
/// <param name="Type">Its type; <see cref="ThriftType.True"/> for a boolean of either value.</param>
/// <param name="Elements">What a list holds; no booleans.</param>
/// <param name="Inside">Shape of the structure, or of the structures that a list holds; null where it holds none.</param>
internal readonly record struct ThriftField(int Id, ThriftType Type, ThriftType Elements = ThriftType.Stop, ThriftShape? Inside = null);
