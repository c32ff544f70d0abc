using System.Globalization;

namespace PlannerHost.Kubernetes;

/// <summary>
/// A cap as an annotation carries it: whole watts in decimal digits. Anybody who may edit a pod may write anything there, so whatever is not
/// exactly that counts as unknown, never as an error and never as a number that it resembles.
/// </summary>
internal static class CapAnnotation
{
    /// <summary>The highest cap that is believed, W: far above any GPU, far below where arithmetic with counts of GPUs overflows.</summary>
    public const int MostWatts = 100_000;

    /// <summary>The cap as text.</summary>
    public static string Format(int capWatts) => capWatts.ToString(CultureInfo.InvariantCulture);

    /// <summary>The cap that a text says, W; null where it says none.</summary>
    public static int? Parse(string? text) =>
        text is { Length: >= 1 and <= 6 } && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var watts) && watts is >= 1 and <= MostWatts ? watts : null;
}
