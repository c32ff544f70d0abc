using System.Collections.Immutable;
using System.Text.Json;
using PowerPlanner.Control;
using PowerPlanner.Hosting.Json;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>Events of a scenario file: <c>kind</c> is the name of a <see cref="FleetEvent"/> in camelCase, the other fields are its parameters.</summary>
internal static class ScenarioFileEvents
{
    private const int Most = 1_000_000;
    private const double Longest = 1e9;

    private static readonly NamedValues<FleetSignal> Signals = ScenarioFileNames.Of<FleetSignal>();
    private static readonly NamedValues<ModelFailureMode> Modes = ScenarioFileNames.Of<ModelFailureMode>();
    private static readonly NamedValues<FleetRole> Roles = new(("prefill", FleetRole.Prefill), ("decode", FleetRole.Decode));

    private static readonly Dictionary<string, Func<ScenarioFields, FleetEvent>> Kinds = new(StringComparer.Ordinal)
    {
        ["biasStep"] = fields => new BiasStep(At(fields), Signal(fields), fields.RequiredNumber("value", double.Epsilon, double.MaxValue)),
        ["biasRamp"] = fields => At(fields) is var at
            ? new BiasRamp(at, fields.RequiredInteger("endTick", at + 1, Most + 1), Signal(fields), fields.RequiredNumber("from", double.Epsilon, double.MaxValue), fields.RequiredNumber("to", double.Epsilon, double.MaxValue))
            : null!,
        ["biasSine"] = fields => new BiasSine(
            At(fields), Signal(fields), fields.RequiredNumber("amplitude", 0, 0.999), fields.RequiredNumber("periodTicks", double.Epsilon, double.MaxValue), fields.Number("phaseTurns", -1, 1, 0)),
        ["windowCross"] = fields => At(fields) is var at
            ? new WindowCross(at, Signal(fields), fields.RequiredInteger("beforeTick", 0, at), fields.Number("oldWeight", 0, 0.999, 0.66))
            : null!,
        ["writesDenied"] = fields => new WritesDenied(At(fields), Duration(fields)),
        ["capsNotEnforced"] = fields => new CapsNotEnforced(At(fields), Duration(fields)),
        ["capsLost"] = fields => new CapsLost(At(fields), Duration(fields), Role(fields), fields.Integer("replicas", 1, int.MaxValue, int.MaxValue)),
        ["capsUnread"] = fields => new CapsUnread(At(fields), Duration(fields), Role(fields), fields.Integer("replicas", 1, int.MaxValue, int.MaxValue)),
        ["capRangeChange"] = fields => fields.RequiredInteger("minWatts", 1, Most) is var least
            ? new CapRangeChange(At(fields), least, fields.RequiredInteger("maxWatts", least, Most))
            : null!,
        ["nodeChange"] = fields => new NodeChange(At(fields), fields.Integer("prefill", -Most, Most, 0), fields.Integer("decode", -Most, Most, 0)),
        ["metricsOutage"] = fields => new MetricsOutage(At(fields), Duration(fields), ManySignals(fields)),
        ["metricsLag"] = fields => new MetricsLag(At(fields), Duration(fields), fields.RequiredInteger("lagTicks", 0, Most)),
        ["readingOverride"] = fields => new ReadingOverride(At(fields), Duration(fields), Signal(fields), fields.RequiredNumber("value", double.MinValue, double.MaxValue)),
        ["reportedAge"] = fields => new ReportedAge(At(fields), Duration(fields), TimeSpan.FromSeconds(fields.RequiredNumber("ageSeconds", 0, Longest))),
        ["frontendFault"] = fields => new FrontendFault(At(fields), Duration(fields), fields.RequiredNumber("fraction", 0, 1)),
        ["frontendRestart"] = fields => new FrontendRestart(At(fields), Frontend(fields)),
        ["maxBatchedTokensUnknown"] = fields => new MaxBatchedTokensUnknown(At(fields), Duration(fields)),
        ["budgetChange"] = fields => new BudgetChange(At(fields), fields.Json.OptionalInteger("watts", 1)),
        ["modelFailure"] = fields => new ModelFailure(At(fields), Duration(fields), fields.Json.RequiredChoice("mode", Modes) ?? default),
        ["modelRevision"] = fields => new ModelRevision(
            At(fields), fields.RequiredNumber("prefillWatts", double.Epsilon, double.MaxValue), fields.RequiredNumber("decodeWatts", double.Epsilon, double.MaxValue)),
        ["clockJump"] = fields => new ClockJump(At(fields), TimeSpan.FromSeconds(fields.RequiredNumber("seconds", -Longest, Longest))),
        ["tickCount"] = fields => new TickCount(At(fields), fields.RequiredInteger("ticks", 0, 1000)),
        ["foreignScaling"] = fields => new ForeignScaling(At(fields), Role(fields), fields.RequiredInteger("replicas", 0, 10_000)),
    };

    /// <summary>Reads one; null where its kind is not known.</summary>
    public static FleetEvent? Read(ScenarioFields fields)
    {
        var kind = fields.Json.RequiredText("kind");
        if (!Kinds.TryGetValue(kind, out var read))
        {
            fields.RefuseKind(kind, string.Join(", ", Kinds.Keys.Select(name => $"\"{name}\"")));
            return null;
        }

        var happening = read(fields);
        fields.Close();
        return happening;
    }

    private static int At(ScenarioFields fields) => fields.RequiredInteger("atTick", 0, Most);

    private static int Duration(ScenarioFields fields) => fields.RequiredInteger("durationTicks", 1, Most);

    private static FleetSignal Signal(ScenarioFields fields) => fields.Json.RequiredChoice("signal", Signals) ?? default;

    private static FleetRole Role(ScenarioFields fields) => fields.Json.RequiredChoice("role", Roles) ?? FleetRole.Prefill;

    private static string Frontend(ScenarioFields fields)
    {
        var name = fields.Json.RequiredText("frontend");
        if (name is not ("f1" or "f2" or "f3" or ""))
        {
            fields.Refuse("frontend", $"\"{StrictJson.OneLine(name)}\"", "\"f1\", \"f2\", \"f3\"");
        }

        return name;
    }

    private static ImmutableArray<FleetSignal> ManySignals(ScenarioFields fields)
    {
        if (fields.Json.TakeValue("signals", "an array of signals", required: false) is not { } value)
        {
            return [];
        }

        var signals = ImmutableArray.CreateBuilder<FleetSignal>();
        var isArray = value.ValueKind == JsonValueKind.Array;
        foreach (var (element, _) in isArray ? StrictJson.Elements(value, "signals") : [(value, "signals")])
        {
            if (isArray && element.ValueKind == JsonValueKind.String && Signals.TryFind(StrictJson.OneLine(element.GetRawText().Trim('"')), out var signal))
            {
                signals.Add(signal);
            }
            else
            {
                fields.Refuse("signals", StrictJson.Show(element), $"an array of {Signals.Allowed}");
            }
        }

        return signals.ToImmutable();
    }
}
