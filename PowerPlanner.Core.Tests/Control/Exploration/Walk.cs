using System.Globalization;
using System.Text;

namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>A path that was found once, walked again: regression tests are made of it.</summary>
internal static class Walk
{
    /// <summary>Walks a path by the names of its steps.</summary>
    /// <param name="rules">The world.</param>
    /// <param name="root">Which of its beginnings.</param>
    /// <param name="steps">Names of the steps. A tick whose fault cannot occur, because its command is not sent, goes on without it.</param>
    /// <returns>The first broken promise and the path to it; null where all are kept, and the fleet comes to rest at the end.</returns>
    public static string? Along(TinyRules rules, int root, params ReadOnlySpan<string> steps)
    {
        using var successors = new Successors(rules) { Tells = true };
        var node = successors.Roots().ElementAt(root);
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"  begin: {node.World}");
        foreach (var name in steps)
        {
            string? broken = null;
            Node? next = null;
            Node? plain = null;
            var (how, plainly) = ("", "");
            var harmless = name.Split(';')[0];
            successors.Expand(
                node,
                (child, step) =>
                {
                    (next, how) = next is null && step.Name == name ? (child, step.Text) : (next, how);
                    (plain, plainly) = plain is null && step.Name == harmless ? (child, step.Text) : (plain, plainly);
                },
                (why, step) => broken ??= step.Name == name ? $"{why}{Environment.NewLine}{text}  {step.Text}" : null);
            if (broken is not null)
            {
                return broken;
            }

            (node, how) = next is null ? (plain ?? throw new InvalidOperationException($"Nothing is called '{name}' after{Environment.NewLine}{text}"), plainly) : (next, how);
            text.AppendLine(CultureInfo.InvariantCulture, $"  {how}{Environment.NewLine}      {node.World}");
        }

        return Rest(successors, node, text);
    }

    private static string? Rest(Successors successors, Node node, StringBuilder text)
    {
        for (var tick = 0; tick < 50; tick++)
        {
            string? broken = null;
            var (next, commands) = successors.Calm(node, (why, step) => broken = $"{why}{Environment.NewLine}{text}  {step.Text}");
            if (next is null)
            {
                return broken;
            }

            if (commands == 0 && successors.Unrest(next) is null)
            {
                return null;
            }

            node = next;
        }

        return $"{successors.Unrest(node)}{Environment.NewLine}{text}";
    }
}
