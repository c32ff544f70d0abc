using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>The engine with compressed keys and values that benchmarks ask: DeepSeek-V3, tp 8, eight experts' ranks, H200, vLLM 0.22.0.</summary>
internal static class Compressed
{
    public static EngineLayout Layout { get; } = new(8, 1, 1, 1, 8);

    public static ValueTask<ModelConfiguration> ModelAsync() =>
        ModelConfiguration.LoadAsync(Path.Combine(Dense.SystemsDirectory, "..", "model_configs", "deepseek-ai--DeepSeek-V3_config.json"));
}
