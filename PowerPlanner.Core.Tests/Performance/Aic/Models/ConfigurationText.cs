using System.Text.Json.Nodes;

namespace PowerPlanner.Tests.Performance.Aic.Models;

/// <summary>Configurations made from others.</summary>
internal static class ConfigurationText
{
    /// <summary>The first object with the fields of the second put in or replaced.</summary>
    public static string Merge(string configuration, string fields)
    {
        var merged = JsonNode.Parse(configuration)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(fields)!.AsObject())
        {
            merged[name] = value?.DeepClone();
        }

        return merged.ToJsonString();
    }
}
