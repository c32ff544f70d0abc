using System.Globalization;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;

namespace PowerPlanner.Planning;

/// <summary>The rules of <see cref="PlanningProblem"/>, <see cref="PlanningLimits"/> and the corrections, in one place.</summary>
internal static class PlanningValidation
{
    /// <summary>More than any board draws, and small enough that watts of a replica fit 64 bits with any GPU count.</summary>
    internal const int MaximumWattsPerGpu = 1_000_000_000;

    /// <summary>Far more than any fleet has, and few enough that every search over counts ends in time.</summary>
    internal const int MaximumReplicas = 1_000_000;

    /// <summary>Beyond any currency's kWh, and small enough that no cost overflows.</summary>
    internal const double MaximumEnergyPrice = 1e12;

    public static void Validate(PlanningProblem problem)
    {
        Defined(problem.Mode, nameof(problem.Mode));
        Defined(problem.Batches, nameof(problem.Batches));
        Defined(problem.ReplicaPolicy, nameof(problem.ReplicaPolicy));
        Defined(problem.Objective, nameof(problem.Objective));
        Defined(problem.AggregatedCapPolicy, nameof(problem.AggregatedCapPolicy));

        AtLeast(problem.Isl, 1, "tokens", nameof(problem.Isl));
        AtLeast(problem.Osl, 1, "tokens", nameof(problem.Osl));
        Positive(problem.TtftTargetMs, "ms", nameof(problem.TtftTargetMs));
        Positive(problem.ItlTargetMs, "ms", nameof(problem.ItlTargetMs));

        if (problem.Mode == DeploymentMode.Disaggregated)
        {
            Engine(problem.PrefillEngine, nameof(problem.PrefillEngine));
            Engine(problem.DecodeEngine, nameof(problem.DecodeEngine));
            Absent(problem.AggregatedEngine, problem.Mode, nameof(problem.AggregatedEngine));
        }
        else
        {
            Engine(problem.AggregatedEngine, nameof(problem.AggregatedEngine));
            Absent(problem.PrefillEngine, problem.Mode, nameof(problem.PrefillEngine));
            Absent(problem.DecodeEngine, problem.Mode, nameof(problem.DecodeEngine));
        }

        Validate(problem.Limits);
        Validate(problem.Corrections);

        AtLeast(problem.MinPrefillReplicas, 1, "replicas", nameof(problem.MinPrefillReplicas));
        AtLeast(problem.MinDecodeReplicas, 1, "replicas", nameof(problem.MinDecodeReplicas));
        AtLeast(problem.MaxReplicas, 1, "replicas", nameof(problem.MaxReplicas));
        AtMost(problem.MaxReplicas, MaximumReplicas, "replicas", nameof(problem.MaxReplicas));
        NotAboveMaximum(problem.MinPrefillReplicas, problem.MaxReplicas, nameof(problem.MinPrefillReplicas));
        NotAboveMaximum(problem.MinDecodeReplicas, problem.MaxReplicas, nameof(problem.MinDecodeReplicas));
        if (problem.MaxBatch is { } maxBatch)
        {
            AtLeast(maxBatch, 1, "sequences", nameof(problem.MaxBatch));
        }

        if (problem.NameplateWatts is { } nameplate)
        {
            Positive(nameplate, "W", nameof(problem.NameplateWatts));
            AtMost(nameplate, MaximumWattsPerGpu, "W", nameof(problem.NameplateWatts));
        }

        AtLeast(problem.PrefillFallbackCapWatts, 1, "W", nameof(problem.PrefillFallbackCapWatts));
        AtLeast(problem.DecodeFallbackCapWatts, 1, "W", nameof(problem.DecodeFallbackCapWatts));
        AtLeast(problem.NonGpuWattsPerGpu, 0, "W", nameof(problem.NonGpuWattsPerGpu));
        AtMost(problem.PrefillFallbackCapWatts, MaximumWattsPerGpu, "W", nameof(problem.PrefillFallbackCapWatts));
        AtMost(problem.DecodeFallbackCapWatts, MaximumWattsPerGpu, "W", nameof(problem.DecodeFallbackCapWatts));
        AtMost(problem.NonGpuWattsPerGpu, MaximumWattsPerGpu, "W", nameof(problem.NonGpuWattsPerGpu));
        Utilization(problem.PrefillUtilization, nameof(problem.PrefillUtilization));
        Utilization(problem.DecodeUtilization, nameof(problem.DecodeUtilization));
        Within(problem.MinimumPowerCoverage, 0, 1, nameof(problem.MinimumPowerCoverage));
        if (problem.TargetRequestsPerSecond is { } target)
        {
            Positive(target, "requests/s", nameof(problem.TargetRequestsPerSecond));
        }

        if (problem.EnergyPrice is { } price)
        {
            Price(price.ElectricityPerKwh, nameof(price.ElectricityPerKwh));
            Price(price.CarbonGramsPerKwh, nameof(price.CarbonGramsPerKwh));
            Price(price.CarbonPerTonne, nameof(price.CarbonPerTonne));
        }

        if (problem.CapGrid is { } grid)
        {
            AtLeast(grid.StepWatts, 1, "W", $"{nameof(problem.CapGrid)}.{nameof(grid.StepWatts)}");
            ArgumentNullException.ThrowIfNull(grid.Scaling, $"{nameof(problem.CapGrid)}.{nameof(grid.Scaling)}");
        }

        Contradictions(problem);
    }

    public static void Validate(in PlanningLimits limits)
    {
        if (limits.BudgetWatts is { } budget)
        {
            AtLeast(budget, 0, "W", nameof(limits.BudgetWatts));
        }

        if (limits.GpuBudget is { } gpus)
        {
            AtLeast(gpus, 0, "GPUs", nameof(limits.GpuBudget));
        }

        ChargeFloor(limits.PrefillChargeFloorWatts, nameof(limits.PrefillChargeFloorWatts));
        ChargeFloor(limits.DecodeChargeFloorWatts, nameof(limits.DecodeChargeFloorWatts));
    }

    public static void Validate(in Corrections corrections)
    {
        Within(corrections.Ttft, Corrections.Minimum, Corrections.Maximum, nameof(corrections.Ttft));
        Within(corrections.Itl, Corrections.Minimum, Corrections.Maximum, nameof(corrections.Itl));
        Within(corrections.PowerPrefill, Corrections.Minimum, Corrections.Maximum, nameof(corrections.PowerPrefill));
        Within(corrections.PowerDecode, Corrections.Minimum, Corrections.Maximum, nameof(corrections.PowerDecode));
        Within(corrections.PowerAggregated, Corrections.Minimum, Corrections.Maximum, nameof(corrections.PowerAggregated));
    }

    private static void ChargeFloor(int? floorWatts, string name)
    {
        if (floorWatts is { } watts)
        {
            AtLeast(watts, 1, "W", name);
            AtMost(watts, MaximumWattsPerGpu, "W", name);
        }
    }

    private static void Price(double? price, string name)
    {
        if (price is { } given)
        {
            Within(given, 0, MaximumEnergyPrice, $"{nameof(PlanningProblem.EnergyPrice)}.{name}");
        }
    }

    private static void Contradictions(PlanningProblem problem)
    {
        if (problem.Objective == PlanningObjective.LeastPower && problem.TargetRequestsPerSecond is null)
        {
            throw Contradiction(nameof(problem.TargetRequestsPerSecond), $"The objective {nameof(PlanningObjective.LeastPower)} needs a demand to serve; {nameof(problem.TargetRequestsPerSecond)} is null.");
        }

        if (problem.EnergyPrice is { CarbonPerTonne: not null, CarbonGramsPerKwh: null })
        {
            throw Contradiction($"{nameof(problem.EnergyPrice)}.{nameof(EnergyPrice.CarbonGramsPerKwh)}", $"A price of emissions is given, but not what a kWh emits: {nameof(EnergyPrice.CarbonGramsPerKwh)} is null.");
        }

        if (problem.Objective == PlanningObjective.Cost && !(problem.EnergyPrice?.PerKwh > 0))
        {
            throw Contradiction(nameof(problem.EnergyPrice), Text($"The objective {nameof(PlanningObjective.Cost)} needs a price of energy greater than 0; a kWh costs {problem.EnergyPrice?.PerKwh?.ToString(CultureInfo.InvariantCulture) ?? "null"}."));
        }

        if (problem.ReplicaPolicy == ReplicaPolicy.DecodeFirst && problem.Objective != PlanningObjective.Throughput)
        {
            throw Contradiction(nameof(problem.Objective), $"{nameof(ReplicaPolicy.DecodeFirst)} knows no objective but {nameof(PlanningObjective.Throughput)}; it is {problem.Objective}.");
        }

        if (problem.ReplicaPolicy == ReplicaPolicy.DecodeFirst && problem.TargetRequestsPerSecond is { } target)
        {
            throw Contradiction(nameof(problem.TargetRequestsPerSecond), Text($"{nameof(ReplicaPolicy.DecodeFirst)} knows no demand; {nameof(problem.TargetRequestsPerSecond)} is {target}, it must be null."));
        }

        if (problem.CapGrid is not null)
        {
            if (problem.ReplicaPolicy == ReplicaPolicy.DecodeFirst)
            {
                throw Contradiction(nameof(problem.CapGrid), $"{nameof(ReplicaPolicy.DecodeFirst)} knows no cap but the uncapped one; {nameof(problem.CapGrid)} must be null.");
            }

            NoGridOf(problem.PrefillEngine, nameof(problem.PrefillEngine));
            NoGridOf(problem.DecodeEngine, nameof(problem.DecodeEngine));
            NoGridOf(problem.AggregatedEngine, nameof(problem.AggregatedEngine));
        }
    }

    private static void NoGridOf(PlanningEngine? engine, string name)
    {
        if (engine?.Model is IListedPerformanceModel or FixedPerformanceModel)
        {
            throw Contradiction(nameof(PlanningProblem.CapGrid), $"The model of {name} is a {engine.Model.GetType().Name}, which cannot answer for caps; {nameof(PlanningProblem.CapGrid)} must be null.");
        }
    }

    private static ArgumentException Contradiction(string name, string message) => new(message, name);

    private static void Engine(PlanningEngine? engine, string name)
    {
        if (engine is null)
        {
            throw new ArgumentNullException(name, $"{name} is null; the mode needs it.");
        }

        if (engine.Model is null)
        {
            throw new ArgumentNullException(name, $"The performance model of {name} is null.");
        }

        if (engine.Layout is null)
        {
            throw new ArgumentNullException(name, $"The layout of {name} is null.");
        }
    }

    private static void Absent(PlanningEngine? engine, DeploymentMode mode, string name)
    {
        if (engine is not null)
        {
            throw new ArgumentException($"{name} is given, but the mode is {mode}, which has no such role; it must be null.", name);
        }
    }

    private static void NotAboveMaximum(int minimum, int maximum, string name)
    {
        if (minimum > maximum)
        {
            throw new ArgumentException(Text($"{name} is {minimum} replicas, above {nameof(PlanningProblem.MaxReplicas)}, {maximum}."), name);
        }
    }

    private static void AtLeast(long value, long minimum, string unit, string name)
    {
        if (value < minimum)
        {
            throw new ArgumentOutOfRangeException(name, value, Text($"{name} is {value} {unit}; it must be at least {minimum}."));
        }
    }

    private static void AtMost(double value, int maximum, string unit, string name)
    {
        if (value > maximum)
        {
            throw new ArgumentOutOfRangeException(name, value, Text($"{name} is {value} {unit}; it must be at most {maximum}."));
        }
    }

    private static void Positive(double value, string unit, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, value, Text($"{name} is {value} {unit}; it must be finite and greater than 0."));
        }
    }

    private static void Utilization(double value, string name)
    {
        if (!(value is > 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(name, value, Text($"{name} is {value}; it must be greater than 0 and at most 1."));
        }
    }

    private static void Within(double value, double minimum, double maximum, string name)
    {
        if (!(value >= minimum && value <= maximum))
        {
            throw new ArgumentOutOfRangeException(name, value, Text($"{name} is {value}; it must lie in [{minimum}, {maximum}]."));
        }
    }

    private static void Defined<TEnum>(TEnum value, string name)
        where TEnum : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value:D}; it must be one of {string.Join(", ", Enum.GetNames<TEnum>())}.");
        }
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
