using System.Buffers;

namespace PlannerHost.Kubernetes;

/// <summary>Names as Kubernetes allows them. What is checked here can stand in a path or a log line as it is.</summary>
internal static class KubernetesNames
{
    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");

    /// <summary>Whether a text is a DNS subdomain in Kubernetes' sense: 1 to 253 of a–z, 0–9, '-' and '.', with a letter or digit at both ends.</summary>
    public static bool IsPathSegment(string? text) =>
        text is { Length: >= 1 and <= 253 }
        && !text.AsSpan().ContainsAnyExcept(Allowed)
        && char.IsAsciiLetterOrDigit(text[0])
        && char.IsAsciiLetterOrDigit(text[^1]);
}
