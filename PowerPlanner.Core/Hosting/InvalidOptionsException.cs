using System.Collections.Immutable;
using System.Globalization;

namespace PowerPlanner.Hosting;

/// <summary>Options that no fleet could mean: malformed, out of range or contradictory. All violations at once.</summary>
public sealed class InvalidOptionsException : Exception
{
    // A generated file may be wrong in every entry; nobody reads a message of a megabyte.
    private const int MostInMessage = 20;

    /// <summary>Creates the exception.</summary>
    /// <param name="source">Where the options come from: a file's path, or what the caller calls them.</param>
    /// <param name="violations">All that is wrong; at least one.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public InvalidOptionsException(string source, ImmutableArray<OptionViolation> violations, Exception? innerException = null)
        : base(Describe(source, violations), innerException)
    {
        OptionsSource = source;
        Violations = violations;
    }

    /// <summary>Where the options come from.</summary>
    public string OptionsSource { get; }

    /// <summary>All that is wrong.</summary>
    public ImmutableArray<OptionViolation> Violations { get; }

    private static string Describe(string source, ImmutableArray<OptionViolation> violations)
    {
        var shown = string.Join(" | ", violations.Take(MostInMessage));
        var more = violations.Length - MostInMessage;
        return more > 0 ? string.Create(CultureInfo.InvariantCulture, $"{source}: {shown} | and {more} more") : $"{source}: {shown}";
    }
}
