using System.Text.Json;
using PowerPlanner.Hosting.Json;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>Names that scenario files use: those of the code in camelCase.</summary>
internal static class ScenarioFileNames
{
    public static NamedValues<T> Of<T>()
        where T : struct, Enum => new([.. Enum.GetValues<T>().Select(value => (JsonNamingPolicy.CamelCase.ConvertName(value.ToString()), value))]);
}
