using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using PowerPlanner.Control;
using PowerPlanner.Hosting;
using PowerPlanner.Hosting.Json;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Cli.Replay;

/// <summary>Reads the events of <c>powerplanner replay</c>: one JSON object a line. Blank lines and lines of comment are skipped.</summary>
internal static class ReplayEventFile
{
    public const string Start = "start";
    public const string Observe = "observe";
    public const string Performance = "performance";
    public const string Fault = "fault";
    public const string Fleet = "fleet";
    public const string Budget = "budget";
    public const string Optimize = "optimize";
    public const string Reset = "reset";
    public const string Snapshot = "snapshot";
    public const string Restore = "restore";

    // A century: far beyond any recording, and far within what clocks can count.
    private const double LongestSeconds = 36_525 * 86_400.0;

    private const string FrontendPrefix = "frontend:";

    private static readonly string[] Kinds = [Start, Observe, Performance, Fault, Fleet, Budget, Optimize, Reset, Snapshot, Restore];

    private static readonly string AllowedKinds = $"exactly one of {string.Join(", ", Kinds)}";

    private static readonly NamedValues<ReplayFaultKind> FaultKinds = new(
        ("modelThrows", ReplayFaultKind.ModelThrows), ("modelHangs", ReplayFaultKind.ModelHangs), ("metricsFail", ReplayFaultKind.MetricsFail), ("actuatorFails", ReplayFaultKind.ActuatorFails));

    private static readonly NamedValues<FleetRole> PairRoles = new(("prefill", FleetRole.Prefill), ("decode", FleetRole.Decode));

    private static readonly NamedValues<FleetRole> EngineRole = new(("agg", FleetRole.Aggregated));

    // Far beyond any deployment, and far within what sums of watts can count.
    private const int MostReplicas = 100_000;

    private static readonly JsonDocumentOptions Tolerant = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>All events, in the order of the file.</summary>
    /// <param name="utf8">The file.</param>
    /// <param name="source">Its path, for messages.</param>
    /// <param name="mode">Whose fields of an observation count.</param>
    /// <param name="frontends">Names of the fleet's frontends.</param>
    /// <exception cref="InvalidOptionsException">All that is wrong, with the number of its line.</exception>
    public static List<ReplayEvent> Parse(ReadOnlySpan<byte> utf8, string source, DeploymentMode mode, IReadOnlyList<string> frontends)
    {
        var violations = new List<OptionViolation>();
        var events = new List<ReplayEvent>();
        var seconds = 0.0;
        var number = 0;
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
        {
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        }

        foreach (var range in utf8.Split((byte)'\n'))
        {
            number++;
            var line = utf8[range].Trim(" \t\r"u8);
            if (line.IsEmpty || line.StartsWith("//"u8))
            {
                continue;
            }

            var wrong = new List<OptionViolation>();
            if (Read(line, number, mode, frontends, ref seconds, wrong) is { } read)
            {
                events.Add(read);
            }

            foreach (var violation in wrong)
            {
                violations.Add(AtLine(violation, number));
            }
        }

        StrictJson.ThrowIfAny(source, violations);
        return events;
    }

    /// <summary>A violation with the number of its line in front.</summary>
    public static OptionViolation AtLine(OptionViolation violation, int line)
    {
        var where = string.Create(CultureInfo.InvariantCulture, $"line {line}");
        return violation with { Field = violation.Field.Length == 0 ? where : $"{where}: {violation.Field}" };
    }

    private static ReplayEvent? Read(ReadOnlySpan<byte> line, int number, DeploymentMode mode, IReadOnlyList<string> frontends, ref double seconds, List<OptionViolation> violations)
    {
        if (ParseLine(line, violations) is not { } document)
        {
            return null;
        }

        using (document)
        {
            var fields = new StrictJsonObject(document.RootElement, string.Empty, violations);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var at = ReadTime(fields, ref seconds, violations);
            var kinds = Kinds.Where(kind => document.RootElement.TryGetProperty(kind, out _)).ToList();
            ReplayEvent? read = null;
            if (kinds.Count == 1)
            {
                read = Read(kinds[0], fields, number, at, mode, frontends, violations);
            }
            else
            {
                violations.Add(new OptionViolation(string.Empty, kinds.Count == 0 ? "no event" : $"{kinds.Count} events ({string.Join(", ", kinds)})", AllowedKinds));
                kinds.ForEach(kind => fields.TryTake(kind, out _));
            }

            fields.Close();
            return violations.Count == 0 ? read : null;
        }
    }

    private static JsonDocument? ParseLine(ReadOnlySpan<byte> line, List<OptionViolation> violations)
    {
        // JsonDocument leaves bytes inside strings unchecked until they are read.
        if (!Utf8.IsValid(line))
        {
            violations.Add(new OptionViolation(string.Empty, "bytes that are not UTF-8", "JSON in UTF-8"));
            return null;
        }

        try
        {
            return JsonDocument.Parse(line.ToArray(), Tolerant);
        }
        catch (JsonException exception)
        {
            violations.Add(new OptionViolation(string.Create(CultureInfo.InvariantCulture, $"byte {exception.BytePositionInLine + 1}"), "not JSON", "one JSON object on a line"));
            return null;
        }
    }

    private static double ReadTime(StrictJsonObject fields, ref double last, List<OptionViolation> violations)
    {
        var before = violations.Count;
        var at = fields.RequiredNumber("t");
        if (violations.Count > before)
        {
            return last;
        }

        if (at < last || at > LongestSeconds)
        {
            violations.Add(new OptionViolation("t", at.ToString("R", CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"seconds, at least {last:R} as on the line before, at most {LongestSeconds:R}")));
            return last;
        }

        last = at;
        return at;
    }

    private static ReplayEvent? Read(string kind, StrictJsonObject fields, int line, double at, DeploymentMode mode, IReadOnlyList<string> frontends, List<OptionViolation> violations)
    {
        switch (kind)
        {
            case Start:
                RequireTrue(fields, kind, violations);
                return new ReplayEvent.Start(line, at);
            case Optimize:
                RequireTrue(fields, kind, violations);
                return new ReplayEvent.Optimize(line, at);
            case Reset:
                RequireTrue(fields, kind, violations);
                return new ReplayEvent.Reset(line, at);
            case Observe:
                return fields.RequiredObject(kind) is { } observation ? new ReplayEvent.Observe(line, at, ReplayObservation.Read(observation, mode)) : null;
            case Performance:
                return fields.TakeValue(kind, "an object", required: true) is { } section ? new ReplayEvent.Performance(line, at, section.Clone()) : null;
            case Fault:
                return fields.RequiredObject(kind) is { } fault ? ReadFault(fault, line, at, frontends, violations) : null;
            case Fleet:
                return fields.RequiredObject(kind) is { } change ? ReadFleet(change, line, at, mode, violations) : null;
            case Budget:
                return fields.RequiredObject(kind) is { } budget ? ReadBudget(budget, line, at, violations) : null;
            case Snapshot:
                return new ReplayEvent.Snapshot(line, at, RequirePath(fields, kind, violations));
            default:
                return new ReplayEvent.Restore(line, at, RequirePath(fields, kind, violations));
        }
    }

    private static void RequireTrue(StrictJsonObject fields, string name, List<OptionViolation> violations)
    {
        if (fields.TryTake(name, out var value) && value.ValueKind != JsonValueKind.True)
        {
            violations.Add(new OptionViolation(name, StrictJson.Show(value), "true"));
        }
    }

    private static string RequirePath(StrictJsonObject fields, string name, List<OptionViolation> violations)
    {
        var before = violations.Count;
        var path = fields.RequiredText(name);
        if (violations.Count == before && (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal)))
        {
            violations.Add(new OptionViolation(name, $"\"{StrictJson.OneLine(path)}\"", "the path of a file"));
        }

        return path;
    }

    private static ReplayEvent.Budget ReadBudget(StrictJsonObject budget, int line, double at, List<OptionViolation> violations)
    {
        const string Name = "totalGpuPowerLimitWatts";
        var watts = budget.OptionalInteger(Name, minimum: 1, absent: 0);
        if (watts == 0 && violations.Count == 0)
        {
            violations.Add(new OptionViolation(budget.At(Name), "missing", "an integer in digits, at least 1, or null"));
        }

        budget.Close();
        return new ReplayEvent.Budget(line, at, watts);
    }

    private static ReplayEvent.Fleet ReadFleet(StrictJsonObject change, int line, double at, DeploymentMode mode, List<OptionViolation> violations)
    {
        var before = violations.Count;
        var role = change.RequiredChoice("role", mode == DeploymentMode.Aggregated ? EngineRole : PairRoles);
        var replicas = change.OptionalInteger("replicas", minimum: 0);
        if (replicas > MostReplicas)
        {
            change.Refuse("replicas", replicas.Value, string.Create(CultureInfo.InvariantCulture, $"an integer in digits, at most {MostReplicas}"));
        }

        var isRolling = change.TakeValue("rolling", "true or false", required: false) is { } rolling ? Flag(change.At("rolling"), rolling, violations) : null;
        if (replicas is null && isRolling is null && violations.Count == before)
        {
            violations.Add(new OptionViolation(change.At("replicas"), "missing", "replicas, rolling, or both"));
        }

        change.Close();
        return new ReplayEvent.Fleet(line, at, role ?? default, replicas, isRolling);
    }

    private static bool? Flag(string path, JsonElement value, List<OptionViolation> violations)
    {
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        violations.Add(new OptionViolation(path, StrictJson.Show(value), "true or false"));
        return null;
    }

    private static ReplayEvent ReadFault(StrictJsonObject fault, int line, double at, IReadOnlyList<string> frontends, List<OptionViolation> violations)
    {
        var kind = fault.RequiredChoice("kind", FaultKinds);
        var count = fault.Integer("count", 1, minimum: 1);
        var target = fault.OptionalText("target");
        fault.Close();
        if (kind is not ReplayFaultKind.ActuatorFails)
        {
            return new ReplayEvent.Fault(line, at, kind ?? default, count);
        }

        return new ReplayEvent.ActuatorFault(line, at, new FleetFault
        {
            Kind = FleetFaultKind.Refuse,
            Target = Target(fault, target, frontends, violations, out var frontend),
            Frontend = frontend,
            Count = count < 1 ? null : count,
        });
    }

    private static FleetFaultTarget Target(StrictJsonObject fault, string? target, IReadOnlyList<string> frontends, List<OptionViolation> violations, out string? frontend)
    {
        frontend = null;
        switch (target)
        {
            case null:
                return FleetFaultTarget.Commands;
            case "caps":
                return FleetFaultTarget.Caps;
            case "replicas":
                return FleetFaultTarget.Replicas;
            case "admission":
                return FleetFaultTarget.Admission;
            default:
                if (target.StartsWith(FrontendPrefix, StringComparison.Ordinal) && frontends.Contains(target[FrontendPrefix.Length..]))
                {
                    frontend = target[FrontendPrefix.Length..];
                }
                else
                {
                    violations.Add(new OptionViolation(fault.At("target"), $"\"{StrictJson.OneLine(target)}\"", $"\"caps\", \"replicas\", \"admission\"{string.Concat(frontends.Select(name => $", \"{FrontendPrefix}{name}\""))}; absent: every command"));
                }

                return FleetFaultTarget.Admission;
        }
    }
}
