using System.Diagnostics.CodeAnalysis;

namespace PowerPlanner.Performance.Aic.Tables;

/// <summary>
/// A version as PEP 440 orders them: <c>1.0.dev1 &lt; 1.0a1 &lt; 1.0rc2 &lt; 1.0 &lt; 1.0+local &lt; 1.0.post1 &lt; 1!0</c>. Spellings that PEP 440
/// calls equal (<c>v1.0-RC.2</c> and <c>1rc2</c>) compare as equal.
/// </summary>
/// <remarks>Numbers have no upper bound: they are kept as digits without leading zeros and compared by length first.</remarks>
internal sealed class Pep440Version : IComparable<Pep440Version>
{
    private const string Zero = "0";

    private readonly string _epoch;
    private readonly List<string> _release;
    private readonly int _preKind;
    private readonly string? _pre;
    private readonly string? _post;
    private readonly string? _dev;
    private readonly List<string>? _local;

    private Pep440Version(string epoch, List<string> release, int preKind, string? pre, string? post, string? dev, List<string>? local)
    {
        _epoch = epoch;
        _release = release;
        _preKind = preKind;
        _pre = pre;
        _post = post;
        _dev = dev;
        _local = local;
    }

    /// <summary>Parses a version.</summary>
    /// <returns>False where the text is no PEP 440 version.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out Pep440Version? version)
    {
        version = null;
        var cursor = new Cursor(text.Trim().ToLowerInvariant());
        cursor.Take("v");
        if (!cursor.TryNumber(out var first))
        {
            return false;
        }

        var epoch = Zero;
        if (cursor.Take("!"))
        {
            epoch = first;
            if (!cursor.TryNumber(out first))
            {
                return false;
            }
        }

        var release = new List<string> { first };
        while (cursor.TryDotNumber(out var number))
        {
            release.Add(number);
        }

        // Trailing zeros of a release do not matter: 1.0 equals 1.
        while (release.Count > 1 && release[^1] == Zero)
        {
            release.RemoveAt(release.Count - 1);
        }

        var preKind = 0;
        string? pre = null;
        if (cursor.TryTag(["alpha", "a"], out var suffix))
        {
            (preKind, pre) = (0, suffix);
        }
        else if (cursor.TryTag(["beta", "b"], out suffix))
        {
            (preKind, pre) = (1, suffix);
        }
        else if (cursor.TryTag(["rc", "c", "preview", "pre"], out suffix))
        {
            (preKind, pre) = (2, suffix);
        }

        var post = cursor.TryImplicitPost(out suffix) || cursor.TryTag(["post", "rev", "r"], out suffix) ? suffix : null;
        var dev = cursor.TryTag(["dev"], out suffix) ? suffix : null;
        List<string>? local = null;
        if (cursor.Take("+") && !cursor.TryLocal(out local))
        {
            return false;
        }

        if (!cursor.AtEnd)
        {
            return false;
        }

        version = new Pep440Version(epoch, release, preKind, pre, post, dev, local);
        return true;
    }

    public int CompareTo(Pep440Version? other)
    {
        if (other is null)
        {
            return 1;
        }

        var order = CompareNumbers(_epoch, other._epoch);
        for (var i = 0; order == 0 && i < Math.Max(_release.Count, other._release.Count); i++)
        {
            order = CompareNumbers(i < _release.Count ? _release[i] : Zero, i < other._release.Count ? other._release[i] : Zero);
        }

        if (order != 0)
        {
            return order;
        }

        order = PreClass.CompareTo(other.PreClass);
        if (order == 0 && _pre is not null && other._pre is not null)
        {
            order = CompareNumbers(_pre, other._pre);
        }

        if (order == 0)
        {
            order = CompareOptional(_post, other._post, absent: -1);
        }

        if (order == 0)
        {
            order = CompareOptional(_dev, other._dev, absent: 1);
        }

        return order != 0 ? order : CompareLocal(_local, other._local);
    }

    // A development release of a final version comes before its alphas, a version without any pre-release tag after all of them.
    private int PreClass => _pre is not null ? _preKind : _post is null && _dev is not null ? -1 : 3;

    private static int CompareNumbers(string left, string right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right);

    private static int CompareOptional(string? left, string? right, int absent) => (left, right) switch
    {
        (null, null) => 0,
        (null, _) => absent,
        (_, null) => -absent,
        _ => CompareNumbers(left, right),
    };

    private static int CompareLocal(List<string>? left, List<string>? right)
    {
        if (left is null || right is null)
        {
            return (left is null ? 0 : 1) - (right is null ? 0 : 1);
        }

        for (var i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            var leftIsNumber = char.IsAsciiDigit(left[i][0]);
            var rightIsNumber = char.IsAsciiDigit(right[i][0]);
            var order = leftIsNumber != rightIsNumber ? leftIsNumber.CompareTo(rightIsNumber)
                : leftIsNumber ? CompareNumbers(left[i], right[i])
                : string.CompareOrdinal(left[i], right[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Count.CompareTo(right.Count);
    }

    private struct Cursor(string text)
    {
        private int _at;

        public readonly bool AtEnd => _at == text.Length;

        public bool Take(string word)
        {
            if (!text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal))
            {
                return false;
            }

            _at += word.Length;
            return true;
        }

        public bool TryNumber(out string digits)
        {
            var start = _at;
            while (_at < text.Length && char.IsAsciiDigit(text[_at]))
            {
                _at++;
            }

            digits = Trimmed(text.AsSpan(start, _at - start));
            return _at > start;
        }

        public bool TryDotNumber(out string digits)
        {
            var start = _at;
            digits = Zero;
            if (Take(".") && TryNumber(out digits))
            {
                return true;
            }

            _at = start;
            return false;
        }

        /// <summary>A separator at will, one of the words, a separator at will, a number (0 where it is missing).</summary>
        public bool TryTag(ReadOnlySpan<string> words, out string number)
        {
            var start = _at;
            TakeSeparator();
            foreach (var word in words)
            {
                if (Take(word))
                {
                    var afterWord = _at;
                    TakeSeparator();
                    if (!TryNumber(out number))
                    {
                        _at = afterWord;
                        number = Zero;
                    }

                    return true;
                }
            }

            _at = start;
            number = Zero;
            return false;
        }

        /// <summary>The short form of a post release: <c>1.0-1</c>.</summary>
        public bool TryImplicitPost(out string number)
        {
            var start = _at;
            number = Zero;
            if (Take("-") && TryNumber(out number))
            {
                return true;
            }

            _at = start;
            return false;
        }

        public bool TryLocal(out List<string> segments)
        {
            segments = [];
            do
            {
                var start = _at;
                while (_at < text.Length && char.IsAsciiLetterOrDigit(text[_at]))
                {
                    _at++;
                }

                if (_at == start)
                {
                    return false;
                }

                var segment = text.AsSpan(start, _at - start);
                segments.Add(segment.ContainsAnyExceptInRange('0', '9') ? "_" + segment.ToString() : Trimmed(segment));
            }
            while (TakeSeparator());

            return true;
        }

        private bool TakeSeparator()
        {
            if (_at < text.Length && text[_at] is '.' or '-' or '_')
            {
                _at++;
                return true;
            }

            return false;
        }

        private static string Trimmed(ReadOnlySpan<char> digits)
        {
            var trimmed = digits.TrimStart('0');
            return trimmed.IsEmpty ? Zero : trimmed.ToString();
        }
    }
}
