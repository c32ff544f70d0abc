using PowerPlanner.Admission;
using PowerPlanner.Control;
using PowerPlanner.Hosting.Json;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Hosting;

/// <summary>How files spell the values of each enumeration.</summary>
internal static class OptionNames
{
    public static NamedValues<DeploymentMode> Modes { get; } = new(("disagg", DeploymentMode.Disaggregated), ("agg", DeploymentMode.Aggregated));

    public static NamedValues<ReplicaPolicy> ReplicaPolicies { get; } = new(("RateMatched", ReplicaPolicy.RateMatched), ("DecodeFirst", ReplicaPolicy.DecodeFirst));

    public static NamedValues<PlanningObjective> Objectives { get; } =
        new(("Throughput", PlanningObjective.Throughput), ("Efficiency", PlanningObjective.Efficiency), ("LeastPower", PlanningObjective.LeastPower), ("Cost", PlanningObjective.Cost));

    public static NamedValues<BatchPolicy> Batches { get; } = new(("All", BatchPolicy.All), ("Largest", BatchPolicy.Largest));

    public static NamedValues<AggregatedCapPolicy> AggCapPolicies { get; } = new(("Max", AggregatedCapPolicy.Max), ("Mean", AggregatedCapPolicy.Mean));

    public static NamedValues<CapProbing> CapProbings { get; } = new(("On", CapProbing.On), ("Off", CapProbing.Off));

    public static NamedValues<PowerSweep> PowerSweeps { get; } = new(("Off", PowerSweep.Off), ("Grid", PowerSweep.Grid));

    public static NamedValues<AdmissionMode> AdmissionModes { get; } =
        new(("off", AdmissionMode.Off), ("inherit", AdmissionMode.Inherit), ("autoset", AdmissionMode.Autoset));

    public static NamedValues<OverBudgetPolicy> OverBudgetPolicies { get; } =
        new(("Hold", OverBudgetPolicy.Hold), ("TightenCaps", OverBudgetPolicy.TightenCaps), ("ScaleDown", OverBudgetPolicy.ScaleDown));

    public static NamedValues<AicEstimationMode> EstimationModes { get; } =
        new(("silicon", AicEstimationMode.Silicon), ("hybrid", AicEstimationMode.Hybrid), ("empirical", AicEstimationMode.Empirical), ("sol", AicEstimationMode.SpeedOfLight));

    public static NamedValues<PerformanceKind> PerformanceKinds { get; } =
        new(("fixed", PerformanceKind.Fixed), ("table", PerformanceKind.Table), ("aic", PerformanceKind.Aic), ("roofline", PerformanceKind.Roofline), ("profiled", PerformanceKind.Profiled));
}
