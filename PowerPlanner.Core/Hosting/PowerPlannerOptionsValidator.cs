using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PowerPlanner.Control;
using PowerPlanner.Hosting.Json;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Tables;
using PowerPlanner.Planning;

namespace PowerPlanner.Hosting;

/// <summary>
/// Finds every option that no fleet could mean. Written by hand: generated range checks name neither the value nor the field's JSON path,
/// and the rules across fields need code anyway.
/// </summary>
internal sealed class PowerPlannerOptionsValidator : IValidateOptions<PowerPlannerOptions>
{
    // A timer's resolution; what is shorter than a tick of 100 ns would be no time at all.
    private const double ShortestTimeoutSeconds = 0.001;

    private readonly ImmutableArray<OptionViolation>.Builder _violations = ImmutableArray.CreateBuilder<OptionViolation>();

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PowerPlannerOptions options)
    {
        var violations = FindAll(options);
        return violations.IsEmpty ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(violations.Select(violation => violation.ToString()));
    }

    /// <summary>All violations, in the order of the fields; empty when the options are valid.</summary>
    public static ImmutableArray<OptionViolation> FindAll(PowerPlannerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var validator = new PowerPlannerOptionsValidator();
        validator.Check(options);
        return validator._violations.DrainToImmutable();
    }

    /// <summary>Violations of a performance section alone.</summary>
    public static ImmutableArray<OptionViolation> FindAll(PerformanceOptions performance)
    {
        ArgumentNullException.ThrowIfNull(performance);
        var validator = new PowerPlannerOptionsValidator();
        validator.Check(performance);
        return validator._violations.DrainToImmutable();
    }

    private void Check(PowerPlannerOptions options)
    {
        Named(options.Mode, OptionNames.Modes);
        AtLeast(options.Isl, 1, "tokens");
        AtLeast(options.Osl, 1, "tokens");
        Positive(options.TtftMs, "ms");
        Positive(options.ItlMs, "ms");
        AtLeast(options.TotalGpuPowerLimitWatts, 1, "W");
        if (options.MaxGpuBudget < -1)
        {
            Add("maxGpuBudget", Text(options.MaxGpuBudget), "-1 (off), 0 (nothing fits) or a positive number of GPUs");
        }

        AtLeast(options.MinEndpoint, 1, "replicas");
        AtLeast(options.PrefillMinEndpoint, 1, "replicas");
        AtLeast(options.DecodeMinEndpoint, 1, "replicas");
        AtLeast(options.MaxBatch, 1, "sequences");
        Within(options.MaxReplicas, 1, PlanningValidation.MaximumReplicas, "replicas");
        CheckMinimaAgainstMaximum(options);
        CheckEngines(options);
        Within(options.TdpWatts, 1, PlanningValidation.MaximumWattsPerGpu, "W");
        CheckGpuLimits(options.GpuLimits);
        Within(options.PrefillCapWatts, 1, PlanningValidation.MaximumWattsPerGpu, "W");
        Within(options.DecodeCapWatts, 1, PlanningValidation.MaximumWattsPerGpu, "W");
        Named(options.ReplicaPolicy, OptionNames.ReplicaPolicies);
        Named(options.Objective, OptionNames.Objectives);
        if (options.TargetRequestsPerSecond is { } target)
        {
            Positive(target, "requests/s", "options.TargetRequestsPerSecond");
        }

        Price(options.ElectricityPricePerKwh, "currency per kWh", "electricityPricePerKwh");
        Price(options.CarbonGramsPerKwh, "g CO2e per kWh", "carbonGramsPerKwh");
        Price(options.CarbonPricePerTonne, "currency per tonne CO2e", "carbonPricePerTonne");
        Share(options.PrefillUtilization);
        Share(options.DecodeUtilization);
        Named(options.Batches, OptionNames.Batches);
        Fraction(options.MinimumPowerCoverage);
        Within(options.NonGpuWattsPerGpu, 0, PlanningValidation.MaximumWattsPerGpu, "W");
        Named(options.AggCapPolicy, OptionNames.AggCapPolicies);
        Named(options.CapProbing, OptionNames.CapProbings);
        if (!(options.PowerLimitedBand is >= 0 and < 1))
        {
            Add("powerLimitedBand", Text(options.PowerLimitedBand), "a share of the cap from 0 (off) to below 1");
        }

        NotNegative(options.ConvergenceTimeoutSeconds, "s");
        NotNegative(options.AdmissionVarianceZ, "standard deviations");
        Share(options.SaturationUtilization);
        NotNegative(options.CapDriftThreshold, "a share");
        if (options.HalfOpenAfterSeconds is { } halfOpen)
        {
            NotNegative(halfOpen, "s, or null", "options.HalfOpenAfterSeconds");
        }

        if (!(options.MeterAccuracy is >= 0 and <= 0.5))
        {
            Add("meterAccuracy", Text(options.MeterAccuracy), "a share of the reading from 0 to 0.5");
        }

        if (options.CallTimeoutSeconds is { } limit)
        {
            Positive(limit, "s, or null", "options.CallTimeoutSeconds");
        }

        NotNegative(options.CapSettleTimeSeconds, "s");
        Named(options.PowerSweep, OptionNames.PowerSweeps);
        AtLeast(options.PowerSweepStepWatts, 1, "W");
        CheckCorrections(options.InitialCorrections);
        NotNegative(options.ReoptimizeIntervalSeconds, "s");
        NotNegative(options.DriftRelativeThreshold, "a share");
        AtLeast(options.DriftConsecutiveTicks, 1, "ticks");
        AtLeast(options.MaxConsecutiveFailures, 1, "failures");
        Fraction(options.ThroughputRegressionWarnThreshold);
        Named(options.AdmissionMode, OptionNames.AdmissionModes);
        Fraction(options.AdmissionSafetyMargin);
        if (!(options.TickSeconds >= 1 && double.IsFinite(options.TickSeconds)))
        {
            Add("tickSeconds", Text(options.TickSeconds), "a finite number of at least 1 (s)");
        }

        NotNegative(options.ObservationMaxAgeSeconds, "s");
        if (!(options.SweepTimeoutSeconds >= ShortestTimeoutSeconds && double.IsFinite(options.SweepTimeoutSeconds)))
        {
            Add("sweepTimeoutSeconds", Text(options.SweepTimeoutSeconds), $"a finite number of at least {Text(ShortestTimeoutSeconds)} (s)");
        }

        Named(options.OverBudgetPolicy, OptionNames.OverBudgetPolicies);
        CheckContradictions(options);
        if (options.Performance is { } performance)
        {
            Check(performance);
        }

        CheckJournal(options);
    }

    private void CheckJournal(PowerPlannerOptions options)
    {
        if (options.JournalPath is { } path && (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal)))
        {
            Add("journalPath", $"\"{StrictJson.OneLine(path)}\"", "a folder, or null");
        }

        if (options.JournalMaxBytes < FileDecisionJournal.LeastMaxBytes)
        {
            Add("journalMaxBytes", Text(options.JournalMaxBytes), $"at least {Text(FileDecisionJournal.LeastMaxBytes)} bytes");
        }

        AtLeast(options.JournalMaxFiles, 1, "files");
    }

    private void CheckMinimaAgainstMaximum(PowerPlannerOptions options)
    {
        Below(options.MinEndpoint, "minEndpoint");
        Below(options.PrefillMinEndpoint, "prefillMinEndpoint");
        Below(options.DecodeMinEndpoint, "decodeMinEndpoint");

        void Below(int? minimum, string field)
        {
            if (minimum > options.MaxReplicas && options.MaxReplicas >= 1)
            {
                Add(field, Text(minimum.Value), $"at most maxReplicas, which is {Text(options.MaxReplicas)}");
            }
        }
    }

    private void CheckEngines(PowerPlannerOptions options)
    {
        Engine(options.PrefillEngine, "prefillEngine", options.Mode == DeploymentMode.Disaggregated);
        Engine(options.DecodeEngine, "decodeEngine", options.Mode == DeploymentMode.Disaggregated);
        Engine(options.AggEngine, "aggEngine", options.Mode == DeploymentMode.Aggregated);
    }

    private void Engine(EngineOptions? engine, string field, bool required)
    {
        if (engine is null)
        {
            if (required)
            {
                Add(field, "missing", """an engine such as { "tp": 8 }""");
            }

            return;
        }

        var before = _violations.Count;
        AtLeast(engine.Tp, 1, "GPUs", field + ".tp");
        AtLeast(engine.Pp, 1, "stages", field + ".pp");
        AtLeast(engine.AttentionDp, 1, "ranks", field + ".attentionDp");
        AtLeast(engine.MoeTp, 1, "GPUs", field + ".moeTp");
        AtLeast(engine.MoeEp, 1, "GPUs", field + ".moeEp");
        AtLeast(engine.Cp, 1, "ranks", field + ".cp");
        var gpus = (Int128)engine.Tp * engine.Pp * engine.AttentionDp * engine.Cp;
        if (_violations.Count == before && gpus > int.MaxValue)
        {
            Add(field, $"tp · pp · attentionDp · cp = {gpus.ToString(CultureInfo.InvariantCulture)} GPUs", $"at most {Text(int.MaxValue)} GPUs");
        }
    }

    private void CheckGpuLimits(GpuLimitsOptions? limits)
    {
        if (limits is null)
        {
            return;
        }

        AtLeast(limits.MinWatts, 1, "W", "gpuLimits.minWatts");
        AtLeast(limits.MaxWatts, 1, "W", "gpuLimits.maxWatts");
        if (limits.MinWatts >= 1 && limits.MaxWatts >= 1 && limits.MaxWatts < limits.MinWatts)
        {
            Add("gpuLimits.maxWatts", Text(limits.MaxWatts), $"at least gpuLimits.minWatts, which is {Text(limits.MinWatts)} W");
        }
    }

    private void CheckCorrections(CorrectionOptions? corrections)
    {
        if (corrections is null)
        {
            Add("initialCorrections", "null", "an object");
            return;
        }

        Coefficient(corrections.Ttft, "ttft");
        Coefficient(corrections.Itl, "itl");
        Coefficient(corrections.PowerPrefill, "powerPrefill");
        Coefficient(corrections.PowerDecode, "powerDecode");
        Coefficient(corrections.PowerAgg, "powerAgg");
    }

    private void CheckContradictions(PowerPlannerOptions options)
    {
        if (options.Objective == PlanningObjective.LeastPower && options.TargetRequestsPerSecond is null)
        {
            Add("targetRequestsPerSecond", "missing", """a positive number (requests/s), since objective is "LeastPower" """.TrimEnd());
        }

        if (options.CarbonPricePerTonne is not null && options.CarbonGramsPerKwh is null)
        {
            Add("carbonGramsPerKwh", "missing", "a number of at least 0 (g CO2e per kWh), since carbonPricePerTonne is given");
        }
        else if (options.Objective == PlanningObjective.Cost && PlanningProblemFactory.Price(options)?.PerKwh is not > 0)
        {
            Add("electricityPricePerKwh", options.ElectricityPricePerKwh is { } price ? Text(price) : "missing", """a price greater than 0 (currency per kWh), or emissions with a price, since objective is "Cost" """.TrimEnd());
        }

        if (options.ReplicaPolicy == ReplicaPolicy.DecodeFirst)
        {
            if (options.Objective != PlanningObjective.Throughput)
            {
                Add("objective", $"\"{options.Objective}\"", """only "Throughput" with replicaPolicy "DecodeFirst" """.TrimEnd());
            }

            if (options.TargetRequestsPerSecond is { } target)
            {
                Add("targetRequestsPerSecond", Text(target), """only null with replicaPolicy "DecodeFirst" """.TrimEnd());
            }

            if (options.PowerSweep == PowerSweep.Grid)
            {
                Add("powerSweep", "\"Grid\"", """only "Off" with replicaPolicy "DecodeFirst" """.TrimEnd());
            }
        }

        if (options.PowerSweep == PowerSweep.Grid)
        {
            var refusal = options.Performance?.Kind switch
            {
                PerformanceKind.Fixed => """only "Off" with performance kind "fixed", which cannot answer for caps""",
                PerformanceKind.Table => """only "Off" with performance kind "table", whose points have caps of their own""",
                _ => null,
            };
            if (refusal is not null)
            {
                Add("powerSweep", "\"Grid\"", refusal);
            }
        }
    }

    private void Check(PerformanceOptions performance)
    {
        Named(performance.Kind, OptionNames.PerformanceKinds, "performance.kind");
        var kind = performance.Kind;
        var given = kind == PerformanceKind.Fixed;
        var listed = kind == PerformanceKind.Table;
        var profiled = kind == PerformanceKind.Profiled;
        var aic = kind == PerformanceKind.Aic;

        PerformanceField(performance.TtftMs, "ttftMs", given, value => PositiveAt(value, "ms", "performance.ttftMs"));
        PerformanceField(performance.ItlMs, "itlMs", given, value => PositiveAt(value, "ms", "performance.itlMs"));
        PerformanceField(performance.MaxKvTokens, "maxKvTokens", given || listed || profiled, value => AtLeastAt(value, 0, "tokens", "performance.maxKvTokens"));
        PerformanceField(performance.PrefillPowerW, "prefillPowerW", given, value => NotNegative(value, "W, or null", "performance.prefillPowerW"), optional: true);
        PerformanceField(performance.DecodePowerW, "decodePowerW", given, value => NotNegative(value, "W, or null", "performance.decodePowerW"), optional: true);
        CheckTable(performance, listed);
        PerformanceText(performance.Model, "model", aic || kind == PerformanceKind.Roofline);
        PerformanceText(performance.System, "system", aic);
        PerformanceText(performance.Backend, "backend", aic);
        if (aic && performance.Backend is { Length: > 0 } backend && !AicBackendNames.All.Contains(backend))
        {
            Add("performance.backend", Quoted(backend), string.Join(", ", AicBackendNames.All));
        }

        PerformanceText(performance.Version, "version", aic);
        PerformanceField(
            performance.EstimationMode, "estimationMode", aic, value => Named(value, OptionNames.EstimationModes, "performance.estimationMode"), optional: true);
        PerformanceText(performance.Gpu, "gpu", kind == PerformanceKind.Roofline);
        PerformanceText(performance.PrefillCsv, "prefillCsv", profiled);
        PerformanceText(performance.DecodeCsv, "decodeCsv", profiled);
    }

    private void CheckTable(PerformanceOptions performance, bool listed)
    {
        PerformanceList(performance.Prefill, "prefill", listed, (point, path) =>
        {
            AtLeast(point.CapWatts, 1, "W", path + ".capWatts");
            PositiveAt(point.TtftMs, "ms", path + ".ttftMs");
            NotNegativeOrNull(point.PowerW, path + ".powerW");
        });
        PerformanceList(performance.Decode, "decode", listed, (point, path) =>
        {
            AtLeast(point.CapWatts, 1, "W", path + ".capWatts");
            AtLeastAt(point.Batch, 1, "sequences", path + ".batch");
            PositiveAt(point.ItlMs, "ms", path + ".itlMs");
            NotNegativeOrNull(point.PowerW, path + ".powerW");
        });
    }

    private void PerformanceField<T>(T? value, string field, bool belongs, Action<T> check, bool optional = false)
        where T : struct
    {
        if (value is not { } given)
        {
            if (belongs && !optional)
            {
                Add("performance." + field, "missing", "a number");
            }
        }
        else if (belongs)
        {
            check(given);
        }
        else
        {
            AddForeign(field);
        }
    }

    private void PerformanceText(string? value, string field, bool belongs)
    {
        if (value is null)
        {
            if (belongs)
            {
                Add("performance." + field, "missing", "a string");
            }
        }
        else if (!belongs)
        {
            AddForeign(field);
        }
        else if (string.IsNullOrWhiteSpace(value) || value.Contains('\0', StringComparison.Ordinal))
        {
            Add("performance." + field, Quoted(value), "a string that is not empty");
        }
    }

    private void PerformanceList<T>(IList<T>? points, string field, bool belongs, Action<T, string> check)
        where T : class
    {
        if (points is null)
        {
            if (belongs)
            {
                Add("performance." + field, "missing", "an array of at least one point");
            }

            return;
        }

        if (!belongs)
        {
            AddForeign(field);
            return;
        }

        if (points.Count == 0)
        {
            Add("performance." + field, "an empty array", "at least one point");
        }

        for (var i = 0; i < points.Count; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"performance.{field}[{i}]");
            if (points[i] is { } point)
            {
                check(point, path);
            }
            else
            {
                Add(path, "null", "an object");
            }
        }
    }

    private void AddForeign(string field) => Add("performance." + field, "given", "only with another performance.kind");

    private void Named<T>(T value, NamedValues<T> names, [CallerArgumentExpression(nameof(value))] string expression = "")
        where T : struct, Enum
    {
        if (!names.Contains(value))
        {
            Add(Path(expression), value.ToString(), names.Allowed);
        }
    }

    private void AtLeast(int? value, int minimum, string unit, [CallerArgumentExpression(nameof(value))] string expression = "")
    {
        if (value is { } given)
        {
            AtLeastAt(given, minimum, unit, expression);
        }
    }

    private void AtLeastAt(long value, int minimum, string unit, string expression)
    {
        if (value < minimum)
        {
            Add(Path(expression), Text(value), $"at least {Text(minimum)} ({unit})");
        }
    }

    private void Within(int? value, int minimum, int maximum, string unit, [CallerArgumentExpression(nameof(value))] string expression = "")
    {
        if (value is { } given && (given < minimum || given > maximum))
        {
            Add(Path(expression), Text(given), $"from {Text(minimum)} to {Text(maximum)} ({unit})");
        }
    }

    private void Positive(double value, string unit, [CallerArgumentExpression(nameof(value))] string expression = "") => PositiveAt(value, unit, expression);

    private void PositiveAt(double value, string unit, string expression)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            Add(Path(expression), Text(value), $"a finite number greater than 0 ({unit})");
        }
    }

    private void NotNegative(double value, string unit, [CallerArgumentExpression(nameof(value))] string expression = "")
    {
        if (!(value >= 0 && double.IsFinite(value)))
        {
            Add(Path(expression), Text(value), $"a finite number of at least 0 ({unit})");
        }
    }

    private void Price(double? value, string unit, string field)
    {
        if (value is { } given && !(given is >= 0 and <= PlanningValidation.MaximumEnergyPrice))
        {
            Add(field, Text(given), $"null or a number from 0 to {Text(PlanningValidation.MaximumEnergyPrice)} ({unit})");
        }
    }

    private void NotNegativeOrNull(double? value, string path)
    {
        if (value is { } given)
        {
            NotNegative(given, "W, or null", path);
        }
    }

    private void Share(double value, [CallerArgumentExpression(nameof(value))] string expression = "")
    {
        if (!(value is > 0 and <= 1))
        {
            Add(Path(expression), Text(value), "a share greater than 0, at most 1");
        }
    }

    private void Fraction(double value, [CallerArgumentExpression(nameof(value))] string expression = "")
    {
        if (!(value is >= 0 and <= 1))
        {
            Add(Path(expression), Text(value), "a share from 0 to 1");
        }
    }

    private void Coefficient(double value, string field)
    {
        if (!(value is >= Corrections.Minimum and <= Corrections.Maximum))
        {
            Add("initialCorrections." + field, Text(value), $"a coefficient from {Text(Corrections.Minimum)} to {Text(Corrections.Maximum)}");
        }
    }

    private void Add(string field, string value, string allowed) => _violations.Add(new OptionViolation(field, value, allowed));

    // "options.MinEndpoint" is the field "minEndpoint"; a path that was spelled out stays.
    private static string Path(string expression) =>
        expression.StartsWith("options.", StringComparison.Ordinal) ? JsonNamingPolicy.CamelCase.ConvertName(expression["options.".Length..]) : expression;

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Quoted(string value) => $"\"{StrictJson.OneLine(value)}\"";
}
