using System.Globalization;

namespace PowerPlanner.Cli.Simulate.Traces;

/// <summary>Factors on the arrival rate.</summary>
internal static class TraceScales
{
    private const double Most = 1e6;

    /// <exception cref="BadInputException">Out of range.</exception>
    public static double Check(string option, double scale) =>
        scale is > 0 and <= Most ? scale : throw new BadInputException(FormattableString.Invariant($"{option}: {scale}; allowed: a number greater than 0, at most {Most:0}"));

    /// <exception cref="BadInputException">Not a list of numbers, or one out of range.</exception>
    public static IReadOnlyList<double> Parse(string list) =>
    [
        .. list.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var scale)
            ? Check("--scales", scale)
            : throw new BadInputException($"--scales: \"{part}\"; allowed: numbers with commas between them, such as 0.25,0.5,1,2,4")),
    ];
}
