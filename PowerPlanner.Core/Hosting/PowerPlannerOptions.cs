using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Hosting;

/// <summary>
/// All that a deployment's planner is told: workload, targets, budgets, engines, hardware, and how its control loop behaves. The same
/// fields, in camelCase, make the JSON of a configuration file (<see cref="PowerPlannerOptionsJson"/>).
/// </summary>
/// <remarks>
/// A plain settable object; whatever takes it validates and copies it, so that later changes have no effect. Not thread-safe. Every
/// number must be finite; all violations are reported at once (<see cref="InvalidOptionsException"/>). A budget that is too small for the
/// minima is not a violation: the plan says so.
/// </remarks>
public sealed class PowerPlannerOptions
{
    /// <summary>Whether prefill and decode run in engines of their own. Default <see cref="DeploymentMode.Disaggregated"/>.</summary>
    public DeploymentMode Mode { get; set; } = DeploymentMode.Disaggregated;

    /// <summary>Mean input length (ISL), tokens. At least 1; required.</summary>
    public int Isl { get; set; }

    /// <summary>Mean output length (OSL), tokens. At least 1; required.</summary>
    public int Osl { get; set; }

    /// <summary>Target of the time to first token (TTFT), ms. Greater than 0; default 500, an answer that feels immediate in a chat.</summary>
    public double TtftMs { get; set; } = 500;

    /// <summary>Target of the inter-token latency (ITL), ms. Greater than 0; default 50: 20 tokens/s, faster than people read.</summary>
    public double ItlMs { get; set; } = 50;

    /// <summary>
    /// Power budget of all planned GPU boards, W. At least 1; null (default): unbounded. Size it as rack watts · 0.9 − what is not a
    /// GPU, or · 0.85 where several engines may start at once: a warm-up draws up to 70 % of TDP before its cap lands.
    /// </summary>
    public int? TotalGpuPowerLimitWatts { get; set; }

    /// <summary>Most GPUs, one ceiling shared by both roles. −1 (default): off; 0: nothing fits; else positive.</summary>
    public int MaxGpuBudget { get; set; } = -1;

    /// <summary>Fewest replicas of each role. At least 1, at most <see cref="MaxReplicas"/>; default 1: a role without a replica serves nothing.</summary>
    public int MinEndpoint { get; set; } = 1;

    /// <summary>Fewest prefill replicas. At least 1; null (default): <see cref="MinEndpoint"/>. Not used in agg mode.</summary>
    public int? PrefillMinEndpoint { get; set; }

    /// <summary>Fewest decode replicas. At least 1; null (default): <see cref="MinEndpoint"/>. Not used in agg mode.</summary>
    public int? DecodeMinEndpoint { get; set; }

    /// <summary>Most sequences per attention rank that the engine itself admits. At least 1; null (default): the KV capacity alone decides.</summary>
    public int? MaxBatch { get; set; }

    /// <summary>Most replicas of each role. [1, 1e6]; default 256, the reference planner's bound.</summary>
    public int MaxReplicas { get; set; } = 256;

    /// <summary>Layout of a prefill engine. Required in disagg mode.</summary>
    public EngineOptions? PrefillEngine { get; set; }

    /// <summary>Layout of a decode engine. Required in disagg mode.</summary>
    public EngineOptions? DecodeEngine { get; set; }

    /// <summary>Layout of an engine that runs both phases. Required in agg mode.</summary>
    public EngineOptions? AggEngine { get; set; }

    /// <summary>Nameplate power (TDP) of one GPU, W. [1, 1e9]; null (default): what the performance model knows.</summary>
    public int? TdpWatts { get; set; }

    /// <summary>The caps that the hardware accepts; null (default): any, also above TDP.</summary>
    public GpuLimitsOptions? GpuLimits { get; set; }

    /// <summary>
    /// Cap of each prefill GPU while the optimizer is off, and where neither a prediction nor a TDP is known, W. [1, 1e9]; default 300,
    /// the reference planner's.
    /// </summary>
    public int PrefillCapWatts { get; set; } = 300;

    /// <summary>The same for decode, W. [1, 1e9]; default 300.</summary>
    public int DecodeCapWatts { get; set; } = 300;

    /// <summary>
    /// How replicas are chosen. Default <see cref="ReplicaPolicy.RateMatched"/>, the exact optimum. <see cref="ReplicaPolicy.DecodeFirst"/>
    /// excludes another objective than throughput, a demand and a cap grid.
    /// </summary>
    public ReplicaPolicy ReplicaPolicy { get; set; } = ReplicaPolicy.RateMatched;

    /// <summary>What the plan maximises or minimises. Default <see cref="PlanningObjective.Throughput"/>; <see cref="PlanningObjective.LeastPower"/> needs <see cref="TargetRequestsPerSecond"/>, <see cref="PlanningObjective.Cost"/> a price of energy greater than 0.</summary>
    public PlanningObjective Objective { get; set; } = PlanningObjective.Throughput;

    /// <summary>
    /// Demand, requests/s. Greater than 0; null (default): none. What <see cref="PlanningObjective.LeastPower"/> and <see cref="PlanningObjective.Cost"/> must reach; with the other
    /// objectives the demand beyond which nothing is planned.
    /// </summary>
    public double? TargetRequestsPerSecond { get; set; }

    /// <summary>Price of electricity, currency per kWh. [0, 1e12]; null (default): not known. Plans then report their cost.</summary>
    public double? ElectricityPricePerKwh { get; set; }

    /// <summary>Carbon intensity of electricity, g CO2e per kWh. [0, 1e12]; null (default): not known. Plans then report their emissions.</summary>
    public double? CarbonGramsPerKwh { get; set; }

    /// <summary>Price of emissions, currency per tonne CO2e, on top of the electricity's. [0, 1e12]; null (default): none. It needs <see cref="CarbonGramsPerKwh"/>.</summary>
    public double? CarbonPricePerTonne { get; set; }

    /// <summary>Share of its modelled rate that a prefill replica is planned at (δ_p). (0, 1]; default 0.90, AIC's rate-matching factor.</summary>
    public double PrefillUtilization { get; set; } = 0.90;

    /// <summary>Share of its modelled rate that a decode replica is planned at (δ_d). (0, 1]; default 0.92, AIC's rate-matching factor.</summary>
    public double DecodeUtilization { get; set; } = 0.92;

    /// <summary>Which decode batches are candidates. Default <see cref="BatchPolicy.All"/>: the largest is often too slow where a smaller one is fine.</summary>
    public BatchPolicy Batches { get; set; } = BatchPolicy.All;

    /// <summary>
    /// Share of a step's latency that must have power data; below it the side's power is unknown and its TDP is charged. [0, 1]; default
    /// 0.5: AIC's tables have power for attention and GEMMs, which are 60 to 75 % of a step, and none for collectives.
    /// </summary>
    public double MinimumPowerCoverage { get; set; } = 0.5;

    /// <summary>
    /// Watts that each planned GPU brings besides its board: every replica is charged <c>(cap + this) · GPUs</c>. [0, 1e9]; default 0,
    /// since the budget is GPU board power.
    /// </summary>
    public int NonGpuWattsPerGpu { get; set; }

    /// <summary>Which of the two phases' powers caps an aggregated engine. Default <see cref="AggregatedCapPolicy.Max"/>: neither phase is throttled.</summary>
    public AggregatedCapPolicy AggCapPolicy { get; set; } = AggregatedCapPolicy.Max;

    /// <summary>Whether a cap that hides demand is probed upward. Default <see cref="CapProbing.On"/>: an enforced cap never shows more draw than itself.</summary>
    public CapProbing CapProbing { get; set; } = CapProbing.On;

    /// <summary>Half-width of the band around a cap in which a reading means "held by the cap", as a share of the cap. [0, 1), 0 = off; default 0.02, about a driver's own error.</summary>
    public double PowerLimitedBand { get; set; } = 0.02;

    /// <summary>A transition that takes longer is reported, and the readiness triggers are silent until then, s. At least 0; default 600: loading a large model takes minutes.</summary>
    public double ConvergenceTimeoutSeconds { get; set; } = 600;

    /// <summary>Standard deviations of queueing that admission thresholds allow above the mean. At least 0; default 0, as the reference.</summary>
    public double AdmissionVarianceZ { get; set; }

    /// <summary>Utilization from which measured latency is queueing, so that it may lower latency coefficients and not raise them. (0, 1]; default 0.85.</summary>
    public double SaturationUtilization { get; set; } = 0.85;

    /// <summary>A coefficient that moves a cap by more than this share triggers a sweep. At least 0; default 0.10.</summary>
    public double CapDriftThreshold { get; set; } = 0.10;

    /// <summary>A disabled optimizer tries once again after this time, s. At least 0; default 900; null: disabled until reset.</summary>
    public double? HalfOpenAfterSeconds { get; set; } = 900;

    /// <summary>
    /// How far a meter may be from the truth, a share of the reading: a draw this much above its cap is the meter's error. 0 to 0.5; default 0.05, the accuracy that NVML
    /// states for boards.
    /// </summary>
    public double MeterAccuracy { get; set; } = 0.05;

    /// <summary>Longest time for one call of the metrics source or the actuator, s. Greater than 0; default null: one tick.</summary>
    public double? CallTimeoutSeconds { get; set; }

    /// <summary>
    /// How long an actuator that does not fence by revision may still apply a cap that has been replaced, s; until then it is charged. At least 0; default 600: node
    /// agents look every few seconds, and one that hangs is restarted within minutes.
    /// </summary>
    public double CapSettleTimeSeconds { get; set; } = 600;

    /// <summary>
    /// Whether caps below the uncapped one are candidates. Default <see cref="PowerSweep.Off"/>. <see cref="PowerSweep.Grid"/> needs a
    /// performance model that answers for caps: AIC's tables, roofline or a profiled grid, or one of the host's own that does.
    /// </summary>
    public PowerSweep PowerSweep { get; set; } = PowerSweep.Off;

    /// <summary>Step of the cap grid, W, from the hardware's minimum up. At least 1; default 10.</summary>
    public int PowerSweepStepWatts { get; set; } = 10;

    /// <summary>Coefficients to start with. Default: all 1.</summary>
    public CorrectionOptions InitialCorrections { get; set; } = new();

    /// <summary>Least time between sweeps, s. At least 0, 0 = no rate limit; default 300: replicas take minutes to follow a plan.</summary>
    public double ReoptimizeIntervalSeconds { get; set; } = 300;

    /// <summary>Load above the plan's capacity by more than this share is drift. At least 0; default 0.15.</summary>
    public double DriftRelativeThreshold { get; set; } = 0.15;

    /// <summary>Ticks in a row that must violate before a sweep. At least 1; default 3: a single bad window is noise.</summary>
    public int DriftConsecutiveTicks { get; set; } = 3;

    /// <summary>Failed sweeps in a row that disable the optimizer. At least 1; default 5.</summary>
    public int MaxConsecutiveFailures { get; set; } = 5;

    /// <summary>A new plan whose throughput is lower by more than this share is warned of. [0, 1]; default 0.10.</summary>
    public double ThroughputRegressionWarnThreshold { get; set; } = 0.10;

    /// <summary>What happens to admission thresholds. Default <see cref="AdmissionMode.Off"/>.</summary>
    public AdmissionMode AdmissionMode { get; set; } = AdmissionMode.Off;

    /// <summary>Factor on admission thresholds. [0, 1]; default 1.</summary>
    public double AdmissionSafetyMargin { get; set; } = 1.0;

    /// <summary>How often a host ticks the controller, s. At least 1; default 60.</summary>
    public double TickSeconds { get; set; } = 60;

    /// <summary>Observations whose window ended longer ago teach nothing, s. At least 0; default 180: three ticks.</summary>
    public double ObservationMaxAgeSeconds { get; set; } = 180;

    /// <summary>A performance model that takes longer for a sweep has failed, s. At least 0.001; default 30, half a tick.</summary>
    public double SweepTimeoutSeconds { get; set; } = 30;

    /// <summary>What happens when even the smallest plan is above the budget. Default <see cref="OverBudgetPolicy.ScaleDown"/>: the budget is kept.</summary>
    public OverBudgetPolicy OverBudgetPolicy { get; set; } = OverBudgetPolicy.ScaleDown;

    /// <summary>Decide and report, but change nothing. Default false.</summary>
    public bool Advisory { get; set; }

    /// <summary>The performance model; null (default) where the host brings its own.</summary>
    public PerformanceOptions? Performance { get; set; }

    /// <summary>Folder for the journal of decisions, one file a deployment; a relative one starts from the host's content root. Default null: no journal.</summary>
    public string? JournalPath { get; set; }

    /// <summary>Most bytes of a journal's file, after which it is renamed. At least 65536; default 16777216, about a week at one tick a minute.</summary>
    public long JournalMaxBytes { get; set; } = FileDecisionJournal.DefaultMaxBytes;

    /// <summary>Most files of a journal, the present one included; the oldest is deleted. At least 1; default 4.</summary>
    public int JournalMaxFiles { get; set; } = FileDecisionJournal.DefaultMaxFiles;
}
