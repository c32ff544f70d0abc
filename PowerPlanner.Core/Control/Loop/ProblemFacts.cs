using PowerPlanner.Planning;

namespace PowerPlanner.Control.Loop;

/// <summary>What the loop's decisions need to know of a problem: its numbers, not its models. Part of the state, so that a snapshot tells what it was about.</summary>
internal readonly record struct ProblemFacts
{
    public DeploymentMode Mode { get; init; }

    public int Isl { get; init; }

    public int Osl { get; init; }

    public double TtftTargetMs { get; init; }

    public double ItlTargetMs { get; init; }

    public int MinPrefillReplicas { get; init; }

    public int MinDecodeReplicas { get; init; }

    public int MaxReplicas { get; init; }

    public int? MaxBatch { get; init; }

    /// <summary>The budget that the problem was made with, W; the one in force is the ledger's.</summary>
    public long? ConfiguredBudgetWatts { get; init; }

    public long? GpuBudget { get; init; }

    public int PrefillFallbackCapWatts { get; init; }

    public int DecodeFallbackCapWatts { get; init; }

    public int NonGpuWattsPerGpu { get; init; }

    public double PrefillUtilization { get; init; }

    public double DecodeUtilization { get; init; }

    public double? TargetRequestsPerSecond { get; init; }

    /// <summary>The objective, prices in watts.</summary>
    public PlanningObjective Objective { get; init; }

    public ReplicaPolicy ReplicaPolicy { get; init; }

    public int? CapGridStepWatts { get; init; }

    /// <summary>GPUs of a prefill replica, or of an aggregated engine.</summary>
    public int FirstGpus { get; init; }

    /// <summary>GPUs of a decode replica; 0 in aggregated mode.</summary>
    public int SecondGpus { get; init; }

    /// <summary>Attention ranks of a prefill engine, or of an aggregated one: pipeline stages included.</summary>
    public int PrefillRanks { get; init; }

    public static ProblemFacts Of(PlanningProblem problem)
    {
        var layout = (problem.PrefillEngine ?? problem.AggregatedEngine)!.Layout;
        return new ProblemFacts
        {
            Mode = problem.Mode,
            Isl = problem.Isl,
            Osl = problem.Osl,
            TtftTargetMs = problem.TtftTargetMs,
            ItlTargetMs = problem.ItlTargetMs,
            MinPrefillReplicas = problem.MinPrefillReplicas,
            MinDecodeReplicas = problem.MinDecodeReplicas,
            MaxReplicas = problem.MaxReplicas,
            MaxBatch = problem.MaxBatch,
            ConfiguredBudgetWatts = problem.Limits.BudgetWatts,
            GpuBudget = problem.Limits.GpuBudget,
            PrefillFallbackCapWatts = problem.PrefillFallbackCapWatts,
            DecodeFallbackCapWatts = problem.DecodeFallbackCapWatts,
            NonGpuWattsPerGpu = problem.NonGpuWattsPerGpu,
            PrefillUtilization = problem.PrefillUtilization,
            DecodeUtilization = problem.DecodeUtilization,
            TargetRequestsPerSecond = problem.TargetRequestsPerSecond,
            Objective = problem.ObjectiveInWatts,
            ReplicaPolicy = problem.ReplicaPolicy,
            CapGridStepWatts = problem.CapGrid?.StepWatts,
            FirstGpus = layout.Gpus,
            SecondGpus = problem.DecodeEngine?.Layout.Gpus ?? 0,
            PrefillRanks = layout.AttentionDataParallel * layout.PipelineParallel,
        };
    }
}
