using System.Text;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

/// <summary>Damages texts as files are damaged: characters changed, pieces cut, doubled and moved, lines lost, pieces of the language put in the wrong place.</summary>
internal static class FuzzText
{
    /// <summary>One to four edits.</summary>
    /// <param name="pieces">What means something in the language of the text.</param>
    public static string Damaged(string text, string[] pieces, Random random)
    {
        var damaged = new StringBuilder(text);
        for (var edits = random.Next(1, 5); edits > 0 && damaged.Length > 0; edits--)
        {
            var at = random.Next(damaged.Length);
            var length = Math.Min(random.Next(1, 16), damaged.Length - at);
            switch (random.Next(9))
            {
                case 0:
                    damaged[at] = (char)random.Next(128);
                    break;
                case 1:
                    damaged[at] = (char)random.Next(char.MaxValue + 1);
                    break;
                case 2:
                    damaged.Remove(at, length);
                    break;
                case 3:
                    damaged.Insert(random.Next(damaged.Length), damaged.ToString(at, length));
                    break;
                case 4:
                    damaged.Length = random.Next(8) == 0 ? at : damaged.Length;
                    break;
                case 5:
                    Line(damaged, at, random);
                    break;
                case 6:
                    damaged.Remove(at, length).Insert(at, pieces[random.Next(pieces.Length)]);
                    break;
                case 7:
                    Word(damaged, at, pieces[random.Next(pieces.Length)]);
                    break;
                default:
                    damaged.Insert(at, pieces[random.Next(pieces.Length)]);
                    break;
            }
        }

        return damaged.ToString();
    }

    // A line goes, comes twice, or changes its place.
    private static void Line(StringBuilder text, int at, Random random)
    {
        var all = text.ToString();
        var from = all.LastIndexOf('\n', at) + 1;
        var to = all.IndexOf('\n', at) is >= 0 and var end ? end + 1 : all.Length;
        var line = to > from ? all[from..to] : "\n";
        if (random.Next(3) > 0)
        {
            text.Remove(from, Math.Max(0, to - from));
        }

        if (random.Next(3) > 0)
        {
            text.Insert(random.Next(4) == 0 ? 0 : Math.Min(from, text.Length), line);
        }
    }

    // The word that a position lies in, or the one behind it, becomes another.
    private static void Word(StringBuilder text, int at, string word)
    {
        while (at < text.Length && !char.IsLetterOrDigit(text[at]))
        {
            at++;
        }

        var end = at;
        while (end < text.Length && text[end] is not (' ' or '\n' or ',' or ':' or ']'))
        {
            end++;
        }

        text.Remove(at, end - at).Insert(at, word);
    }
}
