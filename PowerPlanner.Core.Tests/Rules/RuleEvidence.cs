using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework.Interfaces;
using PowerPlanner.Testing.Scenarios;
using PowerPlanner.Tests.Architecture;

namespace PowerPlanner.Tests.Rules;

/// <summary>Which tests name which rule, by their properties <c>Rule</c> and <c>Defect</c>.</summary>
internal static partial class RuleEvidence
{
    private static readonly string[] Properties = ["Rule", "Defect"];

    /// <summary>Every (property, id, test), tests as folder, class and method; those of one scenario with its name.</summary>
    public static IReadOnlyList<(string Property, string Id, string Test)> All { get; } = [.. OfThisAssembly(), .. OfTheSampleHost()];

    private static IEnumerable<(string Property, string Id, string Test)> OfThisAssembly() =>
        from type in typeof(RuleEvidence).Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        where IsTest(method)
        from found in OfMethod(type, method)
        select found;

    private static IEnumerable<(string Property, string Id, string Test)> OfMethod(Type type, MethodInfo method)
    {
        var name = $"{type.FullName!["PowerPlanner.Tests.".Length..]}.{method.Name}";
        foreach (var attribute in method.GetCustomAttributes<PropertyAttribute>())
        {
            foreach (var (property, id) in Named(attribute.Properties))
            {
                yield return (property, id, name);
            }
        }

        foreach (var source in method.GetCustomAttributes<TestCaseSourceAttribute>().Where(source => source is { SourceType: null, SourceName: not null }))
        {
            var cases = type.GetProperty(source.SourceName!, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)?.GetValue(null);
            foreach (var test in (cases as IEnumerable<TestCaseData<Scenario>>) ?? [])
            {
                foreach (var (property, id) in Named(test.Properties))
                {
                    yield return (property, id, $"{name}({((Scenario)test.Arguments[0]!).Name})");
                }
            }
        }
    }

    private static IEnumerable<(string Property, string Id)> Named(IPropertyBag bag) =>
        from property in Properties
        from id in bag[property].OfType<string>()
        select (property, id);

    private static bool IsTest(MethodInfo method) =>
        method.GetCustomAttributes().Any(attribute => attribute is ITestBuilder or ISimpleTestBuilder)
        && !method.IsDefined(typeof(IgnoreAttribute)) && !method.IsDefined(typeof(ExplicitAttribute));

    // The sample host's tests are an assembly of their own that this one does not know: their source says as much.
    private static IEnumerable<(string Property, string Id, string Test)> OfTheSampleHost()
    {
        var root = Path.Combine(SourceTree.Root, "samples");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(root, "PlannerHost.Tests"), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var path = Path.GetRelativePath(root, file).Replace('\\', '/');
            if (path.Contains("/obj/", StringComparison.Ordinal) || path.Contains("/bin/", StringComparison.Ordinal))
            {
                continue;
            }

            var pending = new List<(string Property, string Id)>();
            foreach (var line in File.ReadLines(file))
            {
                if (PropertyLine().Match(line) is { Success: true } property)
                {
                    pending.Add((property.Groups[1].Value, property.Groups[2].Value));
                }
                else if (pending.Count > 0 && MethodLine().Match(line) is { Success: true } method)
                {
                    foreach (var (kind, id) in pending)
                    {
                        yield return (kind, id, $"{path[..^3].Replace('/', '.')}.{method.Groups[1].Value}");
                    }

                    pending.Clear();
                }
            }
        }
    }

    [GeneratedRegex("""^\s*\[Property\("(Rule|Defect)", "([^"]+)"\)\]$""")]
    private static partial Regex PropertyLine();

    [GeneratedRegex(@"^\s*public (?:async )?(?:static )?\S+ (\w+)\(")]
    private static partial Regex MethodLine();
}
