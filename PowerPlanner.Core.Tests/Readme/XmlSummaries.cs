using System.Text.RegularExpressions;
using System.Xml.Linq;
using PowerPlanner.Performance;

namespace PowerPlanner.Tests.Readme;

/// <summary>The summaries of the library's members, from the documentation file that the compiler writes.</summary>
internal static partial class XmlSummaries
{
    private static readonly Dictionary<string, string> Summaries = XDocument
        .Load(Path.ChangeExtension(typeof(IPerformanceModel).Assembly.Location, ".xml"))
        .Descendants("member")
        .Where(member => member.Element("summary") is not null)
        .GroupBy(member => member.Attribute("name")!.Value.Split('(')[0], StringComparer.Ordinal)
        .ToDictionary(overloads => overloads.Key, overloads => Text(overloads.First().Element("summary")!), StringComparer.Ordinal);

    /// <summary>The summary of a method that has no overload.</summary>
    public static string OfMethod(Type type, string method) => Summaries[$"M:{type.FullName}.{method}"];

    /// <summary>The summary of a field.</summary>
    public static string OfField(Type type, string field) => Summaries[$"F:{type.FullName}.{field}"];

    private static string Text(XElement summary) =>
        Space().Replace(string.Concat(summary.Nodes().Select(node => node switch
        {
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement reference => $"`{(reference.Attribute("cref")?.Value ?? reference.Value).Split('.', ':')[^1]}`",
            _ => node.ToString(),
        })), " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
