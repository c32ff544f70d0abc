using System.Globalization;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// How AIC finds the newest version of a backend (specification 1.7): by major, minor, patch, final above release candidate, number of the
/// candidate, numeric suffix. Differs from <see cref="Pep440Version"/> in that a suffix of any name (<c>post2</c>, <c>dev7</c>) makes a version newer.
/// </summary>
internal sealed class AicVersionOrder : IComparer<string>
{
    private AicVersionOrder()
    {
    }

    /// <summary>Oldest first; texts that do not begin with a number come before all versions.</summary>
    public static AicVersionOrder OldestFirst { get; } = new();

    public int Compare(string? x, string? y)
    {
        var left = Key(x ?? "");
        var right = Key(y ?? "");
        for (var i = 0; i < left.Length; i++)
        {
            var order = left[i].CompareTo(right[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return string.CompareOrdinal(x, y);
    }

    private static long[] Key(string version)
    {
        var rest = version.AsSpan();
        var key = new long[6];
        for (var i = 0; i < 3; i++)
        {
            var length = LeadingDigits(rest);
            if (length == 0)
            {
                key[0] = i == 0 ? -1 : key[0];
                break;
            }

            key[i] = Number(rest[..length]);
            rest = rest[length..];
            if (i < 2 && rest.StartsWith(".") && LeadingDigits(rest[1..]) > 0)
            {
                rest = rest[1..];
            }
            else
            {
                break;
            }
        }

        var candidate = rest.IndexOf("rc", StringComparison.OrdinalIgnoreCase);
        if (candidate >= 0)
        {
            var number = rest[(candidate + 2)..];
            key[4] = Number(number[..LeadingDigits(number)]);
            rest = number[LeadingDigits(number)..];
        }

        key[3] = candidate >= 0 ? 0 : 1;
        key[5] = Number(rest[rest.TrimEnd("0123456789").Length..]);
        return key;
    }

    private static int LeadingDigits(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }

    private static long Number(ReadOnlySpan<char> digits) =>
        digits.IsEmpty ? 0 : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : long.MaxValue;
}
