using System.Globalization;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>
/// Fields of the language model. A multimodal wrapper keeps them in an object of their own: that comes first, then the document.
/// </summary>
/// <param name="Text">The language model's own object, where there is one.</param>
/// <param name="Root">The document.</param>
internal readonly record struct LanguageFields(JsonFields? Text, JsonFields Root)
{
    /// <summary>Far beyond any model, and small enough that every product of two sizes is exact in 64 bits.</summary>
    public const long LargestSize = 1L << 28;

    public const long LargestCount = 1L << 20;

    /// <summary>The first of the names that has a value other than 0, in its own object then in the document.</summary>
    public long? Optional(long minimum, long maximum, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Text?.Integer(name, minimum, maximum) is { } own and not 0)
            {
                return own;
            }

            if (Root.Integer(name, minimum, maximum) is { } shared and not 0)
            {
                return shared;
            }
        }

        return null;
    }

    public long Required(string name, long maximum) => Optional(1, maximum, name)
        ?? throw Root.Error(name, string.Create(CultureInfo.InvariantCulture, $"is missing; an integer from 1 to {maximum} is expected"));
}
