using System.Collections.Immutable;
using System.Text.Json;
using PowerPlanner.Hosting.Json;

namespace PowerPlanner.Hosting;

/// <summary>
/// Reads <see cref="PowerPlannerOptions"/> from JSON (camelCase, comments and trailing commas tolerated), strictly: unknown, duplicate or
/// missing fields, wrong types and values out of range are reported together. Enumerations are spelled exactly, integers in digits only.
/// No reflection: safe for trimming and native AOT. Thread-safe.
/// </summary>
public static class PowerPlannerOptionsJson
{
    /// <summary>Reads one configuration.</summary>
    /// <param name="utf8Json">The document, UTF-8, with or without a byte-order mark.</param>
    /// <param name="source">What to call the document in messages: its path, as a rule.</param>
    /// <exception cref="InvalidOptionsException">Malformed JSON, or options that no fleet could mean.</exception>
    public static PowerPlannerOptions Parse(ReadOnlyMemory<byte> utf8Json, string source)
    {
        using var document = StrictJson.Parse(utf8Json, source);
        var violations = new List<OptionViolation>();
        var options = Read(document.RootElement, string.Empty, violations);
        StrictJson.ThrowIfAny(source, violations);
        return options;
    }

    /// <summary>Reads one configuration.</summary>
    /// <param name="json">The document.</param>
    /// <param name="source">What to call the document in messages.</param>
    /// <exception cref="InvalidOptionsException">Malformed JSON, or options that no fleet could mean.</exception>
    public static PowerPlannerOptions Parse(string json, string source)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Parse(System.Text.Encoding.UTF8.GetBytes(json), source);
    }

    /// <summary>Reads an array of configurations; violations name the index of their entry (<c>[3].ttftMs</c>).</summary>
    /// <param name="utf8Json">The document, UTF-8, with or without a byte-order mark.</param>
    /// <param name="source">What to call the document in messages: its path, as a rule.</param>
    /// <exception cref="InvalidOptionsException">Malformed JSON, no array, or an entry that no fleet could mean.</exception>
    public static ImmutableArray<PowerPlannerOptions> ParseMany(ReadOnlyMemory<byte> utf8Json, string source)
    {
        using var document = StrictJson.Parse(utf8Json, source);
        var violations = new List<OptionViolation>();
        var many = StrictJson.RootElements(document, source, "an array of configurations")
            .Select(item => Read(item.Element, item.Path, violations))
            .ToImmutableArray();
        StrictJson.ThrowIfAny(source, violations);
        return many;
    }

    /// <summary>Reads one configuration file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidOptionsException">Malformed JSON, or options that no fleet could mean.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    public static async Task<PowerPlannerOptions> LoadAsync(string path, CancellationToken cancellationToken = default) =>
        Parse(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false), path);

    /// <summary>Reads a file with an array of configurations.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidOptionsException">Malformed JSON, no array, or an entry that no fleet could mean.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    public static async Task<ImmutableArray<PowerPlannerOptions>> LoadManyAsync(string path, CancellationToken cancellationToken = default) =>
        ParseMany(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false), path);

    private static PowerPlannerOptions Read(JsonElement element, string path, List<OptionViolation> violations)
    {
        var before = violations.Count;
        var options = ReadFields(new StrictJsonObject(element, path, violations));

        // Ranges are checked only where the document says what it means: a field of the wrong type left its default behind.
        if (violations.Count == before)
        {
            var prefix = path.Length == 0 ? path : path + ".";
            foreach (var violation in PowerPlannerOptionsValidator.FindAll(options))
            {
                violations.Add(violation with { Field = prefix + violation.Field });
            }
        }

        return options;
    }

    private static PowerPlannerOptions ReadFields(StrictJsonObject fields)
    {
        var absent = new PowerPlannerOptions();
        var options = new PowerPlannerOptions
        {
            Mode = fields.Choice("mode", OptionNames.Modes, absent.Mode),
            Isl = fields.RequiredInteger("isl"),
            Osl = fields.RequiredInteger("osl"),
            TtftMs = fields.Number("ttftMs", absent.TtftMs),
            ItlMs = fields.Number("itlMs", absent.ItlMs),
            TotalGpuPowerLimitWatts = fields.OptionalInteger("totalGpuPowerLimitWatts"),
            MaxGpuBudget = fields.Integer("maxGpuBudget", absent.MaxGpuBudget),
            MinEndpoint = fields.Integer("minEndpoint", absent.MinEndpoint),
            PrefillMinEndpoint = fields.OptionalInteger("prefillMinEndpoint"),
            DecodeMinEndpoint = fields.OptionalInteger("decodeMinEndpoint"),
            MaxBatch = fields.OptionalInteger("maxBatch"),
            MaxReplicas = fields.Integer("maxReplicas", absent.MaxReplicas),
            PrefillEngine = ReadEngine(fields.OptionalObject("prefillEngine")),
            DecodeEngine = ReadEngine(fields.OptionalObject("decodeEngine")),
            AggEngine = ReadEngine(fields.OptionalObject("aggEngine")),
            TdpWatts = fields.OptionalInteger("tdpWatts"),
            GpuLimits = ReadGpuLimits(fields.OptionalObject("gpuLimits")),
            PrefillCapWatts = fields.Integer("prefillCapWatts", absent.PrefillCapWatts),
            DecodeCapWatts = fields.Integer("decodeCapWatts", absent.DecodeCapWatts),
            ReplicaPolicy = fields.Choice("replicaPolicy", OptionNames.ReplicaPolicies, absent.ReplicaPolicy),
            Objective = fields.Choice("objective", OptionNames.Objectives, absent.Objective),
            TargetRequestsPerSecond = fields.OptionalNumber("targetRequestsPerSecond"),
            PrefillUtilization = fields.Number("prefillUtilization", absent.PrefillUtilization),
            DecodeUtilization = fields.Number("decodeUtilization", absent.DecodeUtilization),
            Batches = fields.Choice("batches", OptionNames.Batches, absent.Batches),
            MinimumPowerCoverage = fields.Number("minimumPowerCoverage", absent.MinimumPowerCoverage),
            NonGpuWattsPerGpu = fields.Integer("nonGpuWattsPerGpu", absent.NonGpuWattsPerGpu),
            AggCapPolicy = fields.Choice("aggCapPolicy", OptionNames.AggCapPolicies, absent.AggCapPolicy),
            CapProbing = fields.Choice("capProbing", OptionNames.CapProbings, absent.CapProbing),
            PowerLimitedBand = fields.Number("powerLimitedBand", absent.PowerLimitedBand),
            ConvergenceTimeoutSeconds = fields.Number("convergenceTimeoutSeconds", absent.ConvergenceTimeoutSeconds),
            AdmissionVarianceZ = fields.Number("admissionVarianceZ", absent.AdmissionVarianceZ),
            SaturationUtilization = fields.Number("saturationUtilization", absent.SaturationUtilization),
            CapDriftThreshold = fields.Number("capDriftThreshold", absent.CapDriftThreshold),
            HalfOpenAfterSeconds = fields.OptionalNumber("halfOpenAfterSeconds", absent.HalfOpenAfterSeconds),
            PowerSweep = fields.Choice("powerSweep", OptionNames.PowerSweeps, absent.PowerSweep),
            PowerSweepStepWatts = fields.Integer("powerSweepStepWatts", absent.PowerSweepStepWatts),
            InitialCorrections = ReadCorrections(fields.OptionalObject("initialCorrections")),
            ReoptimizeIntervalSeconds = fields.Number("reoptimizeIntervalSeconds", absent.ReoptimizeIntervalSeconds),
            DriftRelativeThreshold = fields.Number("driftRelativeThreshold", absent.DriftRelativeThreshold),
            DriftConsecutiveTicks = fields.Integer("driftConsecutiveTicks", absent.DriftConsecutiveTicks),
            MaxConsecutiveFailures = fields.Integer("maxConsecutiveFailures", absent.MaxConsecutiveFailures),
            ThroughputRegressionWarnThreshold = fields.Number("throughputRegressionWarnThreshold", absent.ThroughputRegressionWarnThreshold),
            AdmissionMode = fields.Choice("admissionMode", OptionNames.AdmissionModes, absent.AdmissionMode),
            AdmissionSafetyMargin = fields.Number("admissionSafetyMargin", absent.AdmissionSafetyMargin),
            TickSeconds = fields.Number("tickSeconds", absent.TickSeconds),
            ObservationMaxAgeSeconds = fields.Number("observationMaxAgeSeconds", absent.ObservationMaxAgeSeconds),
            SweepTimeoutSeconds = fields.Number("sweepTimeoutSeconds", absent.SweepTimeoutSeconds),
            OverBudgetPolicy = fields.Choice("overBudgetPolicy", OptionNames.OverBudgetPolicies, absent.OverBudgetPolicy),
            Advisory = fields.Flag("advisory", absent.Advisory),
            Performance = ReadPerformance(fields.OptionalObject("performance")),
        };
        fields.Close();
        return options;
    }

    private static EngineOptions? ReadEngine(StrictJsonObject? fields)
    {
        if (fields is null)
        {
            return null;
        }

        var engine = new EngineOptions
        {
            Tp = fields.Integer("tp", 1),
            Pp = fields.Integer("pp", 1),
            AttentionDp = fields.Integer("attentionDp", 1),
            MoeTp = fields.Integer("moeTp", 1),
            MoeEp = fields.Integer("moeEp", 1),
        };
        fields.Close();
        return engine;
    }

    private static GpuLimitsOptions? ReadGpuLimits(StrictJsonObject? fields)
    {
        if (fields is null)
        {
            return null;
        }

        var limits = new GpuLimitsOptions { MinWatts = fields.RequiredInteger("minWatts"), MaxWatts = fields.RequiredInteger("maxWatts") };
        fields.Close();
        return limits;
    }

    private static CorrectionOptions ReadCorrections(StrictJsonObject? fields)
    {
        var corrections = new CorrectionOptions();
        if (fields is null)
        {
            return corrections;
        }

        corrections.Ttft = fields.Number("ttft", corrections.Ttft);
        corrections.Itl = fields.Number("itl", corrections.Itl);
        corrections.PowerPrefill = fields.Number("powerPrefill", corrections.PowerPrefill);
        corrections.PowerDecode = fields.Number("powerDecode", corrections.PowerDecode);
        corrections.PowerAgg = fields.Number("powerAgg", corrections.PowerAgg);
        fields.Close();
        return corrections;
    }

    // Only the fields of its kind are known: another kind's field is an unknown one.
    private static PerformanceOptions? ReadPerformance(StrictJsonObject? fields)
    {
        if (fields?.RequiredChoice("kind", OptionNames.PerformanceKinds) is not { } kind)
        {
            return null;
        }

        var performance = new PerformanceOptions { Kind = kind };
        switch (kind)
        {
            case PerformanceKind.Fixed:
                performance.TtftMs = fields.RequiredNumber("ttftMs");
                performance.ItlMs = fields.RequiredNumber("itlMs");
                performance.MaxKvTokens = fields.RequiredLong("maxKvTokens");
                performance.PrefillPowerW = fields.OptionalNumber("prefillPowerW");
                performance.DecodePowerW = fields.OptionalNumber("decodePowerW");
                break;
            case PerformanceKind.Table:
                performance.Prefill = fields.RequiredArray("prefill")?.Select(ReadPrefillPoint).ToList();
                performance.Decode = fields.RequiredArray("decode")?.Select(ReadDecodePoint).ToList();
                performance.MaxKvTokens = fields.RequiredLong("maxKvTokens");
                break;
            case PerformanceKind.Aic:
                performance.Model = fields.RequiredText("model");
                performance.System = fields.RequiredText("system");
                performance.Backend = fields.RequiredText("backend");
                performance.Version = fields.RequiredText("version");
                break;
            case PerformanceKind.Roofline:
                performance.Model = fields.RequiredText("model");
                performance.Gpu = fields.RequiredText("gpu");
                break;
            default:
                performance.PrefillCsv = fields.RequiredText("prefillCsv");
                performance.DecodeCsv = fields.RequiredText("decodeCsv");
                performance.MaxKvTokens = fields.RequiredLong("maxKvTokens");
                break;
        }

        fields.Close();
        return performance;
    }

    private static TablePrefillOptions ReadPrefillPoint(StrictJsonObject fields)
    {
        var point = new TablePrefillOptions
        {
            CapWatts = fields.OptionalInteger("capWatts"),
            TtftMs = fields.RequiredNumber("ttftMs"),
            PowerW = fields.OptionalNumber("powerW"),
        };
        fields.Close();
        return point;
    }

    private static TableDecodeOptions ReadDecodePoint(StrictJsonObject fields)
    {
        var point = new TableDecodeOptions
        {
            CapWatts = fields.OptionalInteger("capWatts"),
            Batch = fields.RequiredInteger("batch"),
            ItlMs = fields.RequiredNumber("itlMs"),
            PowerW = fields.OptionalNumber("powerW"),
        };
        fields.Close();
        return point;
    }
}
