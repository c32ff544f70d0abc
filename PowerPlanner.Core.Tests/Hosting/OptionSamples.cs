using PowerPlanner.Hosting;

namespace PowerPlanner.Tests.Hosting;

/// <summary>Options that are valid as they stand; each test changes what it is about.</summary>
internal static class OptionSamples
{
    public const string Json = """
        { "mode": "disagg", "totalGpuPowerLimitWatts": 40000, "maxGpuBudget": 64, "isl": 1024, "osl": 200,
          "ttftMs": 200, "itlMs": 50, "prefillEngine": { "tp": 8 }, "decodeEngine": { "tp": 8 },
          "tdpWatts": 700, "gpuLimits": { "minWatts": 200, "maxWatts": 700 },
          "performance": { "kind": "fixed", "ttftMs": 50, "itlMs": 10, "maxKvTokens": 50000,
                           "prefillPowerW": 603, "decodePowerW": 558 } }
        """;

    public static PowerPlannerOptions Disaggregated() => new()
    {
        Isl = 1024,
        Osl = 200,
        PrefillEngine = new EngineOptions { Tp = 8 },
        DecodeEngine = new EngineOptions { Tp = 8 },
        Performance = Fixed(),
    };

    public static PerformanceOptions Fixed() =>
        new() { Kind = PerformanceKind.Fixed, TtftMs = 50, ItlMs = 10, MaxKvTokens = 50_000, PrefillPowerW = 603, DecodePowerW = 558 };

    public static PerformanceOptions Table() => new()
    {
        Kind = PerformanceKind.Table,
        MaxKvTokens = 50_000,
        Prefill = [new TablePrefillOptions { TtftMs = 50, PowerW = 600 }],
        Decode = [new TableDecodeOptions { Batch = 8, ItlMs = 10, PowerW = 500 }],
    };

    public static PerformanceOptions Aic() =>
        new() { Kind = PerformanceKind.Aic, Model = "Qwen/Qwen3-32B", System = "h200_sxm", Backend = "vllm", Version = "0.22.0" };

    public static PerformanceOptions Roofline() => new() { Kind = PerformanceKind.Roofline, Model = "Qwen/Qwen3-32B", Gpu = "h200_sxm" };

    public static PerformanceOptions Profiled() =>
        new() { Kind = PerformanceKind.Profiled, PrefillCsv = "prefill.csv", DecodeCsv = "decode.csv", MaxKvTokens = 50_000 };
}
