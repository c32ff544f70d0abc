using System.Text.Json;
using PowerPlanner.Hosting;
using PowerPlanner.Hosting.Json;
using PowerPlanner.Power.Clamps;

namespace PowerPlanner.Cli.Clamp;

/// <summary>Reads the cases of <c>powerplanner clamp</c>.</summary>
internal static class ClampCaseFile
{
    private static readonly NamedValues<ClampPolicy> Policies = new(("Pair", ClampPolicy.Pair), ("Staged", ClampPolicy.Staged));

    /// <summary>All cases with their ids, in the order of the file.</summary>
    /// <exception cref="InvalidOptionsException">All that is wrong, with the index of its case.</exception>
    public static List<(string Id, ClampCase Case)> Parse(ReadOnlyMemory<byte> utf8Json, string source)
    {
        using var document = StrictJson.Parse(utf8Json, source);
        var violations = new List<OptionViolation>();
        var cases = new List<(string, ClampCase)>();
        foreach (var (element, path) in StrictJson.RootElements(document, source, "an array of cases"))
        {
            if (Read(element, path, violations) is { } read)
            {
                cases.Add(read);
            }
        }

        StrictJson.ThrowIfAny(source, violations);
        return cases;
    }

    private static (string Id, ClampCase Case)? Read(JsonElement element, string path, List<OptionViolation> violations)
    {
        var before = violations.Count;
        var fields = new StrictJsonObject(element, path, violations);
        var id = fields.RequiredText("id");
        var proposed = ReadCounts(fields, "proposed", required: true);
        var current = ReadCounts(fields, "current", required: false);
        var minEndpoint = fields.Integer("minEndpoint", 1, minimum: 1);
        var prefill = ReadRole(fields, "prefillGpus", "prefillCapWatts", minEndpoint);
        var decode = ReadRole(fields, "decodeGpus", "decodeCapWatts", minEndpoint);
        var budget = fields.OptionalInteger("totalGpuPowerLimitWatts", minimum: 1);
        var ceiling = fields.Integer("maxGpuBudget", -1, minimum: -1);
        var floor = fields.Integer("minGpuBudget", -1, minimum: -1);
        if (ceiling >= 0 && floor > ceiling)
        {
            fields.Refuse("minGpuBudget", floor, FormattableString.Invariant($"at most maxGpuBudget, which is {ceiling}"));
        }

        var policy = fields.Choice("policy", Policies, ClampPolicy.Pair);
        fields.Close();
        if (violations.Count > before)
        {
            return null;
        }

        try
        {
            return (id, new ClampCase(proposed, current, prefill!, decode!, budget, OffBelowZero(ceiling), OffBelowZero(floor), policy: policy));
        }
        catch (ArgumentException exception)
        {
            // What only the whole case shows, such as a replica of more watts than any budget has.
            violations.Add(new OptionViolation(path, "not a case", exception.Message));
            return null;
        }
    }

    private static ReplicaCounts ReadCounts(StrictJsonObject fields, string name, bool required)
    {
        var counts = required ? fields.RequiredObject(name) : fields.OptionalObject(name);
        if (counts is null)
        {
            return default;
        }

        var read = new ReplicaCounts(counts.OptionalInteger("prefill", minimum: 0), counts.OptionalInteger("decode", minimum: 0));
        counts.Close();
        return read;
    }

    // Absent GPUs: no such role, and then its cap says nothing. null: unknown.
    private static ClampRole? ReadRole(StrictJsonObject fields, string gpusName, string capName, int minEndpoint)
    {
        var gpus = fields.OptionalInteger(gpusName, minimum: 0, absent: 0);
        var isAbsent = gpus == 0;
        var capWatts = isAbsent ? fields.OptionalInteger(capName, minimum: 0) ?? 0 : fields.RequiredInteger(capName, minimum: 1);
        return minEndpoint < 1 || gpus < 0 || capWatts < (isAbsent ? 0 : 1) ? null : new ClampRole(gpus, isAbsent ? 0 : capWatts, minEndpoint);
    }

    private static int? OffBelowZero(int value) => value < 0 ? null : value;
}
