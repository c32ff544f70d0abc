namespace PowerPlanner.Tests.Testing;

/// <summary>Which rules and which defects a scenario's own assertions are about: broken, one of them fails it.</summary>
internal static class ScenarioProofs
{
    private static readonly Dictionary<string, string[]> Ids = new(StringComparer.Ordinal)
    {
        ["A1"] = ["D-01", "LIB-7.2-b", "LIB-11-e"],
        ["A2"] = ["LIB-7.2-g"],
        ["A4"] = ["D-14", "D-30", "LIB-11-d"],
        ["A6"] = ["D-13"],
        ["B7"] = ["D-12", "LIB-6.4-b", "LIB-6.4-d"],
        ["B8"] = ["D-12", "LIB-6.4-b"],
        ["B9"] = ["LIB-13.2-g", "LIB-16-a"],
        ["B10"] = ["LIB-7.2-c"],
        ["B11"] = ["D-27", "LIB-10.4-a"],
        ["C13-slow"] = ["LIB-11-f"],
        ["C14"] = ["D-30"],
        ["D17"] = ["D-29", "LIB-11-g", "LIB-18-b"],
        ["D17-long"] = ["LIB-11-g"],
        ["D20"] = ["D-26"],
        ["D21"] = ["LIB-6.4-a", "LIB-11-b"],
        ["E21"] = ["D-22", "D-30", "LIB-11-a", "LIB-12.5-d"],
        ["E22"] = ["D-03", "LIB-9.4-i"],
        ["E22-Hold"] = ["D-32", "LIB-12.5-a"],
        ["E22-TightenCaps"] = ["D-32", "LIB-12.5-b"],
        ["E22-ScaleDown"] = ["D-32", "D-35", "LIB-12.5-c"],
        ["E23"] = ["D-36"],
        ["E23-half-open"] = ["LIB-16-c", "LIB-16-e"],
        ["E23-huge"] = ["LIB-8-d"],
        ["E24"] = ["D-20", "D-44"],
        ["E25"] = ["D-28", "LIB-11-h"],
        ["E25-long"] = ["D-28", "LIB-11-h", "LIB-16-c", "LIB-16-e"],
        ["X1"] = ["D-07", "D-34", "LIB-12.6-c", "LIB-13.2-a", "LIB-13.2-c"],
        ["X2"] = ["D-07", "LIB-12.6-b", "LIB-13.2-a"],
        ["X3"] = ["D-02", "LIB-8-d"],
        ["X3-ramp"] = ["D-02", "LIB-8-d"],
        ["X4"] = ["D-16"],
        ["X5"] = ["D-06", "LIB-9.4-i"],
        ["X6"] = ["D-05", "LIB-8-a"],
        ["X7"] = ["D-08", "LIB-6.1-a"],
        ["X8"] = ["D-15", "LIB-7.2-f"],
        ["X9"] = ["D-25", "LIB-4.3-a"],
        ["X13"] = ["D-27", "LIB-10.4-a"],
        ["X14"] = ["D-42", "LIB-10.4-d"],
        ["X15"] = ["D-21"],
    };

    /// <summary>The scenarios that prove anything.</summary>
    public static IEnumerable<string> Scenarios => Ids.Keys;

    /// <summary>What a scenario proves; empty where it proves nothing by itself.</summary>
    public static IEnumerable<(string Property, string Id)> Of(string scenario) =>
        Ids.GetValueOrDefault(scenario, []).Select(id => (id.StartsWith('D') ? "Defect" : "Rule", id));
}
