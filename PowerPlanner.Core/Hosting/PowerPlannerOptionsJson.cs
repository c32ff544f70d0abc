using System.Collections.Immutable;
using System.Text.Json;
using PowerPlanner.Hosting.Json;
using PowerPlanner.Performance;

namespace PowerPlanner.Hosting;

/// <summary>
/// Reads <see cref="PowerPlannerOptions"/> from JSON (camelCase, comments and trailing commas tolerated), strictly: unknown, duplicate or
/// missing fields, wrong types and values out of range are reported together. Enumerations are spelled exactly, integers in digits only.
/// No reflection: safe for trimming and native AOT. Thread-safe.
/// </summary>
/// <remarks>A document has at most 4 MiB, and an array at most 10,000 configurations; more of either is a violation.</remarks>
public static class PowerPlannerOptionsJson
{
    /// <summary>A configuration has kilobytes; what takes longer to refuse than this is no configuration.</summary>
    internal const int MaximumBytes = 4 << 20;

    /// <summary>More than anybody compares at once, and few enough that all of them may be wrong.</summary>
    internal const int MaximumConfigurations = 10_000;

    /// <summary>Reads one configuration.</summary>
    /// <param name="utf8Json">The document, UTF-8, with or without a byte-order mark.</param>
    /// <param name="source">What to call the document in messages: its path, as a rule.</param>
    /// <exception cref="InvalidOptionsException">Malformed JSON, or options that no fleet could mean.</exception>
    public static PowerPlannerOptions Parse(ReadOnlyMemory<byte> utf8Json, string source)
    {
        using var document = ParseDocument(utf8Json, source);
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
        using var document = ParseDocument(utf8Json, source);
        var violations = new List<OptionViolation>();
        var elements = StrictJson.RootElements(document, source, "an array of configurations");
        if (elements.Count > MaximumConfigurations)
        {
            throw new InvalidOptionsException(source, [new OptionViolation(string.Empty, FormattableString.Invariant($"{elements.Count} configurations"), FormattableString.Invariant($"at most {MaximumConfigurations}"))]);
        }

        var many = elements
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
        Parse(await ReadAsync(path, cancellationToken).ConfigureAwait(false), path);

    /// <summary>Reads a file with an array of configurations.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidOptionsException">Malformed JSON, no array, or an entry that no fleet could mean.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    public static async Task<ImmutableArray<PowerPlannerOptions>> LoadManyAsync(string path, CancellationToken cancellationToken = default) =>
        ParseMany(await ReadAsync(path, cancellationToken).ConfigureAwait(false), path);

    private static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken) =>
        await LimitedFile.ReadAsync(path, MaximumBytes, cancellationToken).ConfigureAwait(false) ?? throw TooLong(path, "a longer file");

    private static JsonDocument ParseDocument(ReadOnlyMemory<byte> utf8Json, string source) => utf8Json.Length <= MaximumBytes
        ? StrictJson.Parse(utf8Json, source)
        : throw TooLong(source, FormattableString.Invariant($"{utf8Json.Length} bytes"));

    private static InvalidOptionsException TooLong(string source, string length) =>
        new(source, [new OptionViolation(string.Empty, length, FormattableString.Invariant($"at most {MaximumBytes} bytes"))]);

    /// <summary>Lays a document over options: fields that it does not have keep their values. Ranges are not checked.</summary>
    /// <param name="options">The options to change.</param>
    /// <param name="utf8Json">The document, UTF-8.</param>
    /// <param name="source">What to call the document in messages.</param>
    /// <exception cref="InvalidOptionsException">Unknown fields or wrong types; all of them.</exception>
    internal static void Apply(PowerPlannerOptions options, ReadOnlyMemory<byte> utf8Json, string source)
    {
        using var document = ParseDocument(utf8Json, source);
        var violations = new List<OptionViolation>();
        ReadFields(new StrictJsonObject(document.RootElement, string.Empty, violations), options, isFile: false);
        StrictJson.ThrowIfAny(source, violations);
    }

    private static PowerPlannerOptions Read(JsonElement element, string path, List<OptionViolation> violations)
    {
        var before = violations.Count;
        var options = new PowerPlannerOptions();
        ReadFields(new StrictJsonObject(element, path, violations), options, isFile: true);

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

    // In a file what is missing has its default, and workload lengths have none. A configuration section lies over what is set already.
    private static void ReadFields(StrictJsonObject fields, PowerPlannerOptions options, bool isFile)
    {
        options.Mode = fields.Choice("mode", OptionNames.Modes, options.Mode);
        options.Isl = isFile ? fields.RequiredInteger("isl") : fields.Integer("isl", options.Isl);
        options.Osl = isFile ? fields.RequiredInteger("osl") : fields.Integer("osl", options.Osl);
        options.TtftMs = fields.Number("ttftMs", options.TtftMs);
        options.ItlMs = fields.Number("itlMs", options.ItlMs);
        options.TotalGpuPowerLimitWatts = fields.OptionalInteger("totalGpuPowerLimitWatts", absent: options.TotalGpuPowerLimitWatts);
        options.MaxGpuBudget = fields.Integer("maxGpuBudget", options.MaxGpuBudget);
        options.MinEndpoint = fields.Integer("minEndpoint", options.MinEndpoint);
        options.PrefillMinEndpoint = fields.OptionalInteger("prefillMinEndpoint", absent: options.PrefillMinEndpoint);
        options.DecodeMinEndpoint = fields.OptionalInteger("decodeMinEndpoint", absent: options.DecodeMinEndpoint);
        options.MaxBatch = fields.OptionalInteger("maxBatch", absent: options.MaxBatch);
        options.MaxReplicas = fields.Integer("maxReplicas", options.MaxReplicas);
        options.PrefillEngine = ReadEngine(fields.OptionalObject("prefillEngine")) ?? options.PrefillEngine;
        options.DecodeEngine = ReadEngine(fields.OptionalObject("decodeEngine")) ?? options.DecodeEngine;
        options.AggEngine = ReadEngine(fields.OptionalObject("aggEngine")) ?? options.AggEngine;
        options.TdpWatts = fields.OptionalInteger("tdpWatts", absent: options.TdpWatts);
        options.GpuLimits = ReadGpuLimits(fields.OptionalObject("gpuLimits")) ?? options.GpuLimits;
        options.PrefillCapWatts = fields.Integer("prefillCapWatts", options.PrefillCapWatts);
        options.DecodeCapWatts = fields.Integer("decodeCapWatts", options.DecodeCapWatts);
        options.ReplicaPolicy = fields.Choice("replicaPolicy", OptionNames.ReplicaPolicies, options.ReplicaPolicy);
        options.Objective = fields.Choice("objective", OptionNames.Objectives, options.Objective);
        options.TargetRequestsPerSecond = fields.OptionalNumber("targetRequestsPerSecond", options.TargetRequestsPerSecond);
        options.ElectricityPricePerKwh = fields.OptionalNumber("electricityPricePerKwh", options.ElectricityPricePerKwh);
        options.CarbonGramsPerKwh = fields.OptionalNumber("carbonGramsPerKwh", options.CarbonGramsPerKwh);
        options.CarbonPricePerTonne = fields.OptionalNumber("carbonPricePerTonne", options.CarbonPricePerTonne);
        options.PrefillUtilization = fields.Number("prefillUtilization", options.PrefillUtilization);
        options.DecodeUtilization = fields.Number("decodeUtilization", options.DecodeUtilization);
        options.Batches = fields.Choice("batches", OptionNames.Batches, options.Batches);
        options.MinimumPowerCoverage = fields.Number("minimumPowerCoverage", options.MinimumPowerCoverage);
        options.NonGpuWattsPerGpu = fields.Integer("nonGpuWattsPerGpu", options.NonGpuWattsPerGpu);
        options.AggCapPolicy = fields.Choice("aggCapPolicy", OptionNames.AggCapPolicies, options.AggCapPolicy);
        options.CapProbing = fields.Choice("capProbing", OptionNames.CapProbings, options.CapProbing);
        options.PowerLimitedBand = fields.Number("powerLimitedBand", options.PowerLimitedBand);
        options.ConvergenceTimeoutSeconds = fields.Number("convergenceTimeoutSeconds", options.ConvergenceTimeoutSeconds);
        options.AdmissionVarianceZ = fields.Number("admissionVarianceZ", options.AdmissionVarianceZ);
        options.SaturationUtilization = fields.Number("saturationUtilization", options.SaturationUtilization);
        options.CapDriftThreshold = fields.Number("capDriftThreshold", options.CapDriftThreshold);
        options.HalfOpenAfterSeconds = fields.OptionalNumber("halfOpenAfterSeconds", options.HalfOpenAfterSeconds);
        options.MeterAccuracy = fields.Number("meterAccuracy", options.MeterAccuracy);
        options.CallTimeoutSeconds = fields.OptionalNumber("callTimeoutSeconds", options.CallTimeoutSeconds);
        options.CapSettleTimeSeconds = fields.Number("capSettleTimeSeconds", options.CapSettleTimeSeconds);
        options.PowerSweep = fields.Choice("powerSweep", OptionNames.PowerSweeps, options.PowerSweep);
        options.PowerSweepStepWatts = fields.Integer("powerSweepStepWatts", options.PowerSweepStepWatts);
        options.InitialCorrections = ReadCorrections(fields.OptionalObject("initialCorrections"), options.InitialCorrections);
        options.ReoptimizeIntervalSeconds = fields.Number("reoptimizeIntervalSeconds", options.ReoptimizeIntervalSeconds);
        options.DriftRelativeThreshold = fields.Number("driftRelativeThreshold", options.DriftRelativeThreshold);
        options.DriftConsecutiveTicks = fields.Integer("driftConsecutiveTicks", options.DriftConsecutiveTicks);
        options.MaxConsecutiveFailures = fields.Integer("maxConsecutiveFailures", options.MaxConsecutiveFailures);
        options.ThroughputRegressionWarnThreshold = fields.Number("throughputRegressionWarnThreshold", options.ThroughputRegressionWarnThreshold);
        options.AdmissionMode = fields.Choice("admissionMode", OptionNames.AdmissionModes, options.AdmissionMode);
        options.AdmissionSafetyMargin = fields.Number("admissionSafetyMargin", options.AdmissionSafetyMargin);
        options.TickSeconds = fields.Number("tickSeconds", options.TickSeconds);
        options.ObservationMaxAgeSeconds = fields.Number("observationMaxAgeSeconds", options.ObservationMaxAgeSeconds);
        options.SweepTimeoutSeconds = fields.Number("sweepTimeoutSeconds", options.SweepTimeoutSeconds);
        options.OverBudgetPolicy = fields.Choice("overBudgetPolicy", OptionNames.OverBudgetPolicies, options.OverBudgetPolicy);
        options.Advisory = fields.Flag("advisory", options.Advisory);
        options.Performance = ReadPerformance(fields.OptionalObject("performance")) ?? options.Performance;
        options.JournalPath = fields.OptionalText("journalPath") ?? options.JournalPath;
        options.JournalMaxBytes = fields.Long("journalMaxBytes", options.JournalMaxBytes);
        options.JournalMaxFiles = fields.Integer("journalMaxFiles", options.JournalMaxFiles);
        fields.Close();
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
            Cp = fields.Integer("cp", 1),
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

    private static CorrectionOptions ReadCorrections(StrictJsonObject? fields, CorrectionOptions absent)
    {
        if (fields is null)
        {
            return absent;
        }

        var corrections = new CorrectionOptions();
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
                performance.EstimationMode = fields.OptionalChoice("estimationMode", OptionNames.EstimationModes);
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
