using System.Collections.Immutable;
using PowerPlanner.Performance;
using PowerPlanner.Performance.Fixed;
using PowerPlanner.Planning;
using PowerPlanner.Power;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>A deployment that scenarios start from: GPU, engines, targets, budgets. Immutable.</summary>
public sealed record BaseProfile
{
    /// <summary>Name in scenario files.</summary>
    public required string Name { get; init; }

    /// <summary>Nameplate power of a GPU, W.</summary>
    public required int NameplateWatts { get; init; }

    /// <summary>Lowest cap that a GPU accepts, W.</summary>
    public required int MinCapWatts { get; init; }

    /// <summary>Highest cap that a GPU accepts, W.</summary>
    public required int MaxCapWatts { get; init; }

    /// <summary>Cap below which the compat physics slow decode down, W.</summary>
    public required int DecodePowerFloorWatts { get; init; }

    /// <summary>Latency of a prefill step as modelled, ms.</summary>
    public required double TtftMs { get; init; }

    /// <summary>Latency of a decode step as modelled, ms.</summary>
    public required double ItlMs { get; init; }

    /// <summary>Draw of a prefill GPU as modelled, W; null = the model does not know it.</summary>
    public required double? PrefillWatts { get; init; }

    /// <summary>Draw of a decode GPU as modelled, W; null = the model does not know it.</summary>
    public required double? DecodeWatts { get; init; }

    /// <summary>KV tokens of a decode replica.</summary>
    public required long KvTokens { get; init; }

    /// <summary>Decode latencies by batch, where they differ; empty = <see cref="ItlMs"/> at every batch.</summary>
    public ImmutableArray<(int Batch, double ItlMs)> DecodePoints { get; init; } = [];

    /// <summary>Target for the time to first token, ms.</summary>
    public required double TtftTargetMs { get; init; }

    /// <summary>Target for the inter-token latency, ms.</summary>
    public required double ItlTargetMs { get; init; }

    /// <summary>Budget, W; null = unbounded.</summary>
    public required long? BudgetWatts { get; init; }

    /// <summary>Configured prefill cap, W.</summary>
    public required int PrefillCapWatts { get; init; }

    /// <summary>Configured decode cap, W.</summary>
    public required int DecodeCapWatts { get; init; }

    /// <summary>GPUs that all replicas may use.</summary>
    public required int GpuBudget { get; init; }

    /// <summary>Fewest replicas of each role.</summary>
    public int MinEndpoint { get; init; } = 1;

    /// <summary>GPUs of a prefill replica.</summary>
    public required int PrefillGpus { get; init; }

    /// <summary>GPUs of a decode replica.</summary>
    public required int DecodeGpus { get; init; }

    /// <summary>GPUs that a decode replica of the fleet really has; null = <see cref="DecodeGpus"/>.</summary>
    public int? FleetDecodeGpus { get; init; }

    /// <summary>Load without a profile, tokens/s.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Mean input length, tokens.</summary>
    public int Isl { get; init; } = 3000;

    /// <summary>Mean output length, tokens.</summary>
    public int Osl { get; init; } = 150;

    /// <summary>H200 SXM, prefill on 1 GPU and decode on 2, 4000 W.</summary>
    public static BaseProfile H200 { get; } = new()
    {
        Name = "h200_disagg",
        NameplateWatts = 700,
        MinCapWatts = 200,
        MaxCapWatts = 700,
        DecodePowerFloorWatts = 280,
        TtftMs = 120,
        ItlMs = 8,
        PrefillWatts = 450,
        DecodeWatts = 360,
        KvTokens = 200_000,
        TtftTargetMs = 500,
        ItlTargetMs = 50,
        BudgetWatts = 4000,
        PrefillCapWatts = 500,
        DecodeCapWatts = 425,
        GpuBudget = 64,
        PrefillGpus = 1,
        DecodeGpus = 2,
        TokensPerSecond = 2000,
    };

    /// <summary>H100 PCIe, both roles on 1 GPU, 2000 W.</summary>
    public static BaseProfile H100Pcie { get; } = new()
    {
        Name = "h100_pcie_disagg",
        NameplateWatts = 350,
        MinCapWatts = 100,
        MaxCapWatts = 350,
        DecodePowerFloorWatts = 140,
        TtftMs = 180,
        ItlMs = 12,
        PrefillWatts = 280,
        DecodeWatts = 220,
        KvTokens = 100_000,
        TtftTargetMs = 600,
        ItlTargetMs = 60,
        BudgetWatts = 2000,
        PrefillCapWatts = 300,
        DecodeCapWatts = 250,
        GpuBudget = 32,
        PrefillGpus = 1,
        DecodeGpus = 1,
        TokensPerSecond = 800,
    };

    /// <summary>All profiles that have a name.</summary>
    public static ImmutableArray<BaseProfile> All { get; } = [H200, H100Pcie];

    /// <summary>The range of caps that the GPUs accept.</summary>
    internal GpuPowerLimits CapLimits => new(MinCapWatts, MaxCapWatts);

    /// <summary>The performance model that the planner is given.</summary>
    internal IPerformanceModel Model() => DecodePoints.IsEmpty
        ? new FixedPerformanceModel(TtftMs, ItlMs, KvTokens, PrefillWatts, DecodeWatts, NameplateWatts)
        : new TablePerformanceModel(
            [new TablePrefillPoint(TtftMs, PrefillWatts)],
            DecodePoints.Select(point => new TableDecodePoint(point.Batch, point.ItlMs, DecodeWatts)),
            KvTokens);

    /// <summary>The planning problem around a model.</summary>
    internal PlanningProblem Problem(IPerformanceModel model) => new()
    {
        Isl = Isl,
        Osl = Osl,
        TtftTargetMs = TtftTargetMs,
        ItlTargetMs = ItlTargetMs,
        PrefillEngine = new PlanningEngine(model, new EngineLayout(PrefillGpus)),
        DecodeEngine = new PlanningEngine(model, new EngineLayout(DecodeGpus)),
        Limits = new PlanningLimits { BudgetWatts = BudgetWatts, GpuBudget = GpuBudget, PrefillCapLimits = CapLimits, DecodeCapLimits = CapLimits },
        MinPrefillReplicas = MinEndpoint,
        MinDecodeReplicas = MinEndpoint,
        NameplateWatts = NameplateWatts,
        Batches = DecodePoints.IsEmpty ? BatchPolicy.Largest : BatchPolicy.All,
        PrefillFallbackCapWatts = PrefillCapWatts,
        DecodeFallbackCapWatts = DecodeCapWatts,
        PrefillUtilization = 1,
        DecodeUtilization = 1,
    };
}
