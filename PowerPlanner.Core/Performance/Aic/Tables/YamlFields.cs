using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>Reads the fields of a YAML mapping; every complaint names file, line, key, value and what is allowed.</summary>
internal sealed class YamlFields
{
    private readonly YamlMappingNode _node;
    private readonly string _prefix;

    public YamlFields(string path, string prefix, YamlMappingNode node)
    {
        Path = path;
        _prefix = prefix;
        _node = node;
    }

    public string Path { get; }

    /// <summary>Keys in file order.</summary>
    /// <exception cref="PerformanceFileException">A key is not a scalar.</exception>
    public IEnumerable<string> Keys
    {
        get
        {
            foreach (var key in _node.Children.Keys)
            {
                yield return key is YamlScalarNode { Value: { } text } ? text : throw Problem(key, _prefix, $"has a {key.NodeType} as a key; keys are scalars.");
            }
        }
    }

    public YamlFields Mapping(string key) => Find(key) switch
    {
        null => throw Missing(key, "a mapping"),
        YamlMappingNode mapping => new YamlFields(Path, _prefix + key + ".", mapping),
        var other => throw Unfit(other, key, "a mapping"),
    };

    /// <summary>The mappings of a list.</summary>
    public IEnumerable<YamlFields> Mappings(string key)
    {
        var index = 0;
        foreach (var item in Items(key))
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{_prefix}{key}[{index++}]");
            yield return item is YamlMappingNode mapping
                ? new YamlFields(Path, name + ".", mapping)
                : throw Problem(item, name, $"is a {item.NodeType}; a mapping is needed.");
        }
    }

    /// <summary>The texts of a list.</summary>
    public IEnumerable<string> Texts(string key)
    {
        foreach (var item in Items(key))
        {
            yield return item is YamlScalarNode { Value.Length: > 0 } scalar ? scalar.Value : throw Unfit(item, key, "a list of non-empty texts");
        }
    }

    /// <summary>A text, exactly as it is written: the version 2.30 stays <c>2.30</c>.</summary>
    public string Text(string key) => OptionalText(key) ?? throw Missing(key, "a text");

    public string? OptionalText(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode { Value.Length: > 0 } scalar => scalar.Value,
        var other => throw Unfit(other, key, "a non-empty text"),
    };

    /// <summary>A finite real greater than 0.</summary>
    public double Positive(string key) => OptionalPositive(key) ?? throw Missing(key, "a finite number > 0");

    public double? OptionalPositive(string key) => OptionalReal(key) switch
    {
        null => null,
        > 0 and < double.PositiveInfinity and var value => value,
        _ => throw Unfit(Find(key)!, key, "a finite number > 0"),
    };

    /// <summary>A finite real, 0 or greater.</summary>
    public double NotNegative(string key) => OptionalNotNegative(key) ?? throw Missing(key, "a finite number >= 0");

    public double? OptionalNotNegative(string key) => OptionalReal(key) switch
    {
        null => null,
        >= 0 and < double.PositiveInfinity and var value => value,
        _ => throw Unfit(Find(key)!, key, "a finite number >= 0"),
    };

    public int PositiveInteger(string key) => OptionalPositiveInteger(key) ?? throw Missing(key, "an integer > 0");

    public int? OptionalPositiveInteger(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode scalar when int.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value > 0 => value,
        var other => throw Unfit(other, key, $"an integer from 1 to {int.MaxValue}"),
    };

    /// <summary>A real that may be infinite or NaN, in YAML's spellings too; null where the key is missing or YAML's null.</summary>
    public double? OptionalReal(string key)
    {
        switch (Find(key))
        {
            case null:
                return null;
            case YamlScalarNode { Value: { } text }:
                if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
                {
                    return value;
                }

                switch (text.ToUpperInvariant())
                {
                    case ".INF" or "+.INF":
                        return double.PositiveInfinity;
                    case "-.INF":
                        return double.NegativeInfinity;
                    case ".NAN":
                        return double.NaN;
                }

                break;
        }

        throw Unfit(Find(key)!, key, "a number");
    }

    /// <summary>
    /// Refuses a key that is nearly, but not quite, one of the optional keys, where that one is absent: its value would be silently
    /// replaced by the default. Other unknown keys are let be, as newer files may have more.
    /// </summary>
    public void RefuseMisspelt(params ReadOnlySpan<string> optionalKeys)
    {
        foreach (var key in Keys)
        {
            foreach (var optional in optionalKeys)
            {
                if (key != optional && !_node.Children.ContainsKey(new YamlScalarNode(optional)) && !optionalKeys.Contains(key) && IsNear(key, optional))
                {
                    throw Unfit(key, $"'{optional}' as the spelling of this key");
                }
            }
        }
    }

    public PerformanceFileException Unfit(string key, string allowed) =>
        Find(key) is { } node ? Unfit(node, key, allowed) : Missing(key, allowed);

    private PerformanceFileException Unfit(YamlNode node, string key, string allowed) =>
        Problem(node, _prefix + key, $"is {(node is YamlScalarNode scalar ? $"'{Excerpt.Of(scalar.Value)}'" : $"a {node.NodeType}")}; allowed is {allowed}.");

    private PerformanceFileException Missing(string key, string allowed) =>
        Problem(_node, _prefix + key, $"is missing; it must be {allowed}.");

    private PerformanceFileException Problem(YamlNode node, string name, string problem) =>
        new(Path, string.Create(CultureInfo.InvariantCulture, $"line {node.Start.Line}, key '{Excerpt.Of(name)}' {problem}"));

    private YamlNode? Find(string key) =>
        !_node.Children.TryGetValue(new YamlScalarNode(key), out var node) ? null
        : node is YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" } ? null
        : node;

    // Edit distance of at most 2, one row of the table at a time.
    private static bool IsNear(string left, string right)
    {
        const int Near = 2;
        if (Math.Abs(left.Length - right.Length) > Near)
        {
            return false;
        }

        var row = new int[right.Length + 1];
        for (var j = 0; j < row.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j < row.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1] <= Near;
    }

    private IEnumerable<YamlNode> Items(string key) => Find(key) switch
    {
        null => throw Missing(key, "a list"),
        YamlSequenceNode sequence => sequence.Children,
        var other => throw Unfit(other, key, "a list"),
    };
}
