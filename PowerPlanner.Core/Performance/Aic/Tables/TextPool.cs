namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Numbers the distinct texts of a scan: columns of a million cells have a dozen texts, so cells are handled as numbers. Used by one thread.</summary>
internal sealed class TextPool
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];

    public int Count => _texts.Count;

    public string this[int number] => _texts[number];

    /// <summary>The number of a text; a new text gets the next one.</summary>
    public int NumberOf(ReadOnlySpan<char> text)
    {
        var lookup = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(text, out var number))
        {
            number = _texts.Count;
            _texts.Add(text.ToString());
            _numbers.Add(_texts[number], number);
        }

        return number;
    }
}
