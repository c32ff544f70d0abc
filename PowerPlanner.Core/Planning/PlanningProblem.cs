using PowerPlanner.Performance;
using PowerPlanner.Performance.PowerScaling;
using PowerPlanner.Power;

namespace PowerPlanner.Planning;

/// <summary>
/// What a fleet has to do and what it may use. Immutable; <see cref="Validate"/> is the one place where its values are checked, and every
/// planner calls it first. A problem that is merely too tight is valid: the answer is an infeasible <see cref="PlanResult"/>.
/// </summary>
public sealed record PlanningProblem
{
    /// <summary>Whether prefill and decode run apart. Default: disaggregated.</summary>
    public DeploymentMode Mode { get; init; } = DeploymentMode.Disaggregated;

    /// <summary>Mean input length, tokens; at least 1.</summary>
    public required int Isl { get; init; }

    /// <summary>Mean output length, tokens; at least 1.</summary>
    public required int Osl { get; init; }

    /// <summary>Target for the time to first token, ms; finite and greater than 0. Default 500.</summary>
    public double TtftTargetMs { get; init; } = 500;

    /// <summary>Target for the inter-token latency, ms; finite and greater than 0. Default 50.</summary>
    public double ItlTargetMs { get; init; } = 50;

    /// <summary>Prefill engine; required in disaggregated mode, null in aggregated mode.</summary>
    public PlanningEngine? PrefillEngine { get; init; }

    /// <summary>Decode engine; required in disaggregated mode, null in aggregated mode.</summary>
    public PlanningEngine? DecodeEngine { get; init; }

    /// <summary>Engine for both phases; required in aggregated mode, null in disaggregated mode.</summary>
    public PlanningEngine? AggregatedEngine { get; init; }

    /// <summary>Watt budget, GPU ceiling and cap ranges. Default: none.</summary>
    public PlanningLimits Limits { get; init; }

    /// <summary>Live corrections, each in [0.5, 2]. Default: all 1.</summary>
    public Corrections Corrections { get; init; } = Corrections.None;

    /// <summary>Fewest prefill replicas, at least 1. Not used in aggregated mode. Default 1.</summary>
    public int MinPrefillReplicas { get; init; } = 1;

    /// <summary>Fewest decode replicas, or aggregated engines; at least 1. Default 1.</summary>
    public int MinDecodeReplicas { get; init; } = 1;

    /// <summary>Most replicas of each role; at least the minima, at most 1,000,000. Default 256.</summary>
    public int MaxReplicas { get; init; } = 256;

    /// <summary>Most sequences per attention rank, the engine's own limit besides KV capacity; at least 1, null = none.</summary>
    public int? MaxBatch { get; init; }

    /// <summary>Which decode batches are candidates. Default: all.</summary>
    public BatchPolicy Batches { get; init; } = BatchPolicy.All;

    /// <summary>Nameplate power (TDP) of one GPU, W, instead of the models' own; finite and greater than 0, null = the models'.</summary>
    public double? NameplateWatts { get; init; }

    /// <summary>Prefill cap where neither an estimate nor a nameplate power is known, W; at least 1. Default 300.</summary>
    public int PrefillFallbackCapWatts { get; init; } = 300;

    /// <summary>Decode cap where neither an estimate nor a nameplate power is known, W; at least 1. Default 300.</summary>
    public int DecodeFallbackCapWatts { get; init; } = 300;

    /// <summary>How replica counts are chosen. Default: rate-matched.</summary>
    public ReplicaPolicy ReplicaPolicy { get; init; } = ReplicaPolicy.RateMatched;

    /// <summary>What the best plan is. Default: throughput.</summary>
    public PlanningObjective Objective { get; init; } = PlanningObjective.Throughput;

    /// <summary>
    /// Demand, requests/s; finite and greater than 0. Required by <see cref="PlanningObjective.LeastPower"/>, and what <see cref="PlanningObjective.Cost"/> must serve; with the other objectives
    /// nothing is planned beyond it. Null = unbounded.
    /// </summary>
    public double? TargetRequestsPerSecond { get; init; }

    /// <summary>What energy costs and emits; null = not known, the default. <see cref="PlanningObjective.Cost"/> needs a price; with the other objectives plans only report what they cost.</summary>
    public EnergyPrice? EnergyPrice { get; init; }

    /// <summary>Share of a prefill replica's ideal rate that is planned with (δ_p), in (0, 1]. Default 0.90. Not used in aggregated mode.</summary>
    public double PrefillUtilization { get; init; } = 0.90;

    /// <summary>Share of a decode replica's or aggregated engine's ideal rate that is planned with (δ_d), in (0, 1]. Default 0.92.</summary>
    public double DecodeUtilization { get; init; } = 0.92;

    /// <summary>Share of a step's latency below whose power coverage the power counts as unknown, 0 to 1. Default 0.5.</summary>
    public double MinimumPowerCoverage { get; init; } = 0.5;

    /// <summary>Watts that each planned GPU brings besides its board, W; at least 0. Default 0.</summary>
    public int NonGpuWattsPerGpu { get; init; }

    /// <summary>Which phase's power caps an aggregated engine. Default: the larger.</summary>
    public AggregatedCapPolicy AggregatedCapPolicy { get; init; } = AggregatedCapPolicy.Max;

    /// <summary>
    /// Caps below the uncapped one as further candidates; null = none. The default. It needs models that answer for caps
    /// (<see cref="ICapAwarePerformanceModel"/>) or measured curves; a side without either, or whose power or nameplate power is unknown, has no grid.
    /// </summary>
    public CapGrid? CapGrid { get; init; }

    /// <summary>The objective in watts: least cost is fewest watts for a demand, and most requests per watt without one.</summary>
    internal PlanningObjective ObjectiveInWatts => Objective != PlanningObjective.Cost ? Objective
        : TargetRequestsPerSecond is null ? PlanningObjective.Efficiency
        : PlanningObjective.LeastPower;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentNullException">An engine that the mode needs, its model or its layout is missing.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN, infinite, or an undefined enum value.</exception>
    /// <exception cref="ArgumentException">Values that contradict each other.</exception>
    public void Validate() => PlanningValidation.Validate(this);
}
