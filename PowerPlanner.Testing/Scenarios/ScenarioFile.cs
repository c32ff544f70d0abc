using System.Text.Json;
using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Hosting;
using PowerPlanner.Hosting.Json;
using PowerPlanner.Testing.Simulation;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>
/// Scenarios as JSON, for those who write them without a compiler. The document has the fields of <see cref="Scenario"/> in camelCase; comments
/// and trailing commas are tolerated, everything else is strict. All that is wrong is reported at once.
/// </summary>
public static class ScenarioFile
{
    private const int MostTicks = 100_000;
    private const double MostSeconds = 1e7;

    private static readonly NamedValues<FleetPhysics> Physics = ScenarioFileNames.Of<FleetPhysics>();
    private static readonly NamedValues<OverBudgetPolicy> OverBudget = new(("Hold", OverBudgetPolicy.Hold), ("TightenCaps", OverBudgetPolicy.TightenCaps), ("ScaleDown", OverBudgetPolicy.ScaleDown));
    private static readonly NamedValues<AdmissionMode> Admission = new(("off", AdmissionMode.Off), ("inherit", AdmissionMode.Inherit), ("autoset", AdmissionMode.Autoset));
    private static readonly NamedValues<CapProbing> Probing = new(("On", CapProbing.On), ("Off", CapProbing.Off));

    /// <summary>Reads a scenario.</summary>
    /// <param name="utf8Json">The document, UTF-8.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="InvalidOptionsException">It is malformed, or has values that no scenario can have.</exception>
    public static Scenario Parse(ReadOnlyMemory<byte> utf8Json, string source)
    {
        using var document = StrictJson.Parse(utf8Json, source);
        var violations = new List<OptionViolation>();
        var fields = new ScenarioFields(new StrictJsonObject(document.RootElement, string.Empty, violations), violations);
        var scenario = Read(fields);
        fields.Close();
        StrictJson.ThrowIfAny(source, violations);
        return scenario;
    }

    private static Scenario Read(ScenarioFields fields)
    {
        var name = fields.Json.RequiredText("name");
        var ticks = fields.Integer("ticks", 1, MostTicks, 200);
        return new Scenario
        {
            Name = name,
            Title = fields.Json.Text("title", name),
            Base = Base(fields),
            Physics = fields.Json.Choice("physics", Physics, FleetPhysics.Compat),
            Ticks = ticks,
            Load = fields.Json.OptionalObject("load") is { } load ? Load(fields.Nested(load)) : null,
            Noise = Noise(fields),
            StartsAtPlan = fields.Json.Flag("startsAtPlan", absent: false),
            InitialReplicas = fields.Json.OptionalObject("initialReplicas") is { } counts ? Counts(fields.Nested(counts)) : null,
            Warmup = fields.OptionalSeconds("warmupSeconds", MostSeconds),
            Drain = fields.OptionalSeconds("drainSeconds", MostSeconds),
            Options = fields.Json.OptionalObject("options") is { } options ? Options(fields.Nested(options)) : new ControlOptions(),
            Events = [.. fields.Objects("events").Select(ScenarioFileEvents.Read).OfType<FleetEvent>()],
            Assertions = [.. fields.Objects("assertions").Select(item => ScenarioFileAssertions.Read(item, ticks)).OfType<ScenarioAssertion>()],
        };
    }

    private static BaseProfile Base(ScenarioFields fields)
    {
        var name = fields.Json.Text("base", BaseProfile.H200.Name);
        var profile = BaseProfile.All.FirstOrDefault(candidate => candidate.Name == name);
        if (profile is null)
        {
            fields.Refuse("base", $"\"{StrictJson.OneLine(name)}\"", string.Join(", ", BaseProfile.All.Select(candidate => $"\"{candidate.Name}\"")));
            profile = BaseProfile.H200;
        }

        return profile with
        {
            BudgetWatts = fields.Json.OptionalInteger("budgetWatts", 1, absent: (int?)profile.BudgetWatts),
            TtftTargetMs = fields.Number("ttftMs", double.Epsilon, double.MaxValue, profile.TtftTargetMs),
            ItlTargetMs = fields.Number("itlMs", double.Epsilon, double.MaxValue, profile.ItlTargetMs),
        };
    }

    private static (int Prefill, int Decode) Counts(ScenarioFields fields)
    {
        var counts = (fields.RequiredInteger("prefill", 0, MostTicks), fields.RequiredInteger("decode", 0, MostTicks));
        fields.Close();
        return counts;
    }

    private static FleetNoise Noise(ScenarioFields fields)
    {
        var name = fields.Json.Text("noise", "none");
        if (name is not ("none" or "default"))
        {
            fields.Refuse("noise", $"\"{StrictJson.OneLine(name)}\"", "\"none\", \"default\"");
        }

        return name == "default" ? FleetNoise.Default : FleetNoise.None;
    }

    private static LoadProfile? Load(ScenarioFields fields)
    {
        var kind = fields.Json.RequiredText("kind");
        LoadProfile? load = null;
        switch (kind)
        {
            case "constant":
                load = LoadProfile.Constant(fields.RequiredNumber("tokensPerSecond", 0, double.MaxValue));
                break;
            case "ramp":
                var start = fields.Integer("startTick", 0, MostTicks, 0);
                load = LoadProfile.Ramp(
                    fields.RequiredNumber("from", 0, double.MaxValue),
                    fields.RequiredNumber("to", 0, double.MaxValue),
                    start,
                    fields.RequiredInteger("endTick", start + 1, MostTicks + 1));
                break;
            case "spike":
                load = LoadProfile.Spike(
                    fields.RequiredNumber("baseline", 0, double.MaxValue),
                    fields.RequiredNumber("level", 0, double.MaxValue),
                    fields.RequiredInteger("atTick", 0, MostTicks),
                    fields.RequiredInteger("durationTicks", 1, MostTicks));
                break;
            case "sine":
                var mean = fields.RequiredNumber("mean", 0, double.MaxValue);
                load = LoadProfile.Sine(mean, fields.RequiredNumber("amplitude", 0, mean), fields.RequiredNumber("periodTicks", double.Epsilon, double.MaxValue));
                break;
            case "steps":
                var steps = fields.Objects("steps").Select(Step).ToList();
                if (steps.Count == 0)
                {
                    fields.Refuse("steps", "none", "an array of at least one { \"fromTick\", \"tokensPerSecond\" }");
                }

                load = LoadProfile.Steps([.. steps.Order().DefaultIfEmpty()]);
                break;
            default:
                fields.RefuseKind(kind, "\"constant\", \"ramp\", \"spike\", \"sine\", \"steps\"");
                return null;
        }

        fields.Close();
        return load;

        static (int, double) Step(ScenarioFields fields)
        {
            var step = (fields.RequiredInteger("fromTick", 0, MostTicks), fields.RequiredNumber("tokensPerSecond", 0, double.MaxValue));
            fields.Close();
            return step;
        }
    }

    private static ControlOptions Options(ScenarioFields fields)
    {
        var absent = new ControlOptions();
        var options = absent with
        {
            ReoptimizeInterval = fields.OptionalSeconds("reoptimizeIntervalSeconds", MostSeconds) ?? absent.ReoptimizeInterval,
            DriftRelativeThreshold = fields.Number("driftRelativeThreshold", 0, double.MaxValue, absent.DriftRelativeThreshold),
            DriftConsecutiveTicks = fields.Integer("driftConsecutiveTicks", 1, MostTicks, absent.DriftConsecutiveTicks),
            CapDriftThreshold = fields.Number("capDriftThreshold", 0, double.MaxValue, absent.CapDriftThreshold),
            SaturationUtilization = fields.Number("saturationUtilization", double.Epsilon, 1, absent.SaturationUtilization),
            PowerLimitedBand = fields.Number("powerLimitedBand", 0, 0.999, absent.PowerLimitedBand),
            CapProbing = fields.Json.Choice("capProbing", Probing, absent.CapProbing),
            MaxConsecutiveFailures = fields.Integer("maxConsecutiveFailures", 1, MostTicks, absent.MaxConsecutiveFailures),
            AdmissionMode = fields.Json.Choice("admissionMode", Admission, absent.AdmissionMode),
            OverBudgetPolicy = fields.Json.Choice("overBudgetPolicy", OverBudget, absent.OverBudgetPolicy),
            HalfOpenAfter = fields.Json.TryTake("halfOpenAfterSeconds", out var wait)
                ? wait.ValueKind == JsonValueKind.Null ? null : fields.Seconds("halfOpenAfterSeconds", wait, MostSeconds)
                : absent.HalfOpenAfter,
            MeterAccuracy = fields.Number("meterAccuracy", 0, 0.5, absent.MeterAccuracy),
            CapSettleTime = fields.OptionalSeconds("capSettleTimeSeconds", MostSeconds) ?? absent.CapSettleTime,
            Advisory = fields.Json.Flag("advisory", absent: false),
        };
        fields.Close();
        return options;
    }
}
