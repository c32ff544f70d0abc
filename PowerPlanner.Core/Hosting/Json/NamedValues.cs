namespace PowerPlanner.Hosting.Json;

/// <summary>The values of an enumeration by the exact names that files use.</summary>
internal sealed class NamedValues<T>(params (string Name, T Value)[] entries)
    where T : struct, Enum
{
    /// <summary>All names in quotes.</summary>
    public string Allowed { get; } = string.Join(", ", entries.Select(entry => $"\"{entry.Name}\""));

    /// <summary>The value of a name, compared letter by letter.</summary>
    public bool TryFind(string name, out T value)
    {
        var index = Array.FindIndex(entries, entry => entry.Name == name);
        value = index < 0 ? default : entries[index].Value;
        return index >= 0;
    }

    /// <summary>Whether the value is one of the named ones.</summary>
    public bool Contains(T value) => Array.Exists(entries, entry => EqualityComparer<T>.Default.Equals(entry.Value, value));
}
