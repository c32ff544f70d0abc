using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>The engine with routed experts that benchmarks ask: Qwen3-235B-A22B, eight attention ranks, eight experts' ranks, H200, vLLM 0.22.0.</summary>
internal static class Experts
{
    public static EngineLayout Layout { get; } = new(1, 1, 8, 1, 8);

    public static ValueTask<ModelConfiguration> ModelAsync() =>
        ModelConfiguration.LoadAsync(Path.Combine(Dense.SystemsDirectory, "..", "model_configs", "Qwen--Qwen3-235B-A22B_config.json"));
}
