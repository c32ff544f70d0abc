using PowerPlanner.Hosting;
using PowerPlanner.Planning;

namespace PowerPlanner.Tests.Readme;

/// <summary>The README's first program, compiled. Its lines stand between the two marks.</summary>
internal static class FirstProgram
{
    public static async Task RunAsync()
    {
        // begin
        var options = PowerPlannerOptionsJson.Parse("""
            { "isl": 3000, "osl": 300, "ttftMs": 800, "itlMs": 30, "totalGpuPowerLimitWatts": 30000, "maxGpuBudget": 64,
              "prefillEngine": { "tp": 4 }, "decodeEngine": { "tp": 8 }, "gpuLimits": { "minWatts": 200, "maxWatts": 700 },
              "performance": { "kind": "roofline", "model": "meta-llama/Meta-Llama-3.1-70B", "gpu": "h200_sxm" } }
            """, "my options");
        var result = Planner.Plan(await PlanningProblemFactory.CreateAsync(options, new PerformanceModelBuilder()));
        Console.WriteLine(result.IsFeasible
            ? $"{result.Plan.PrefillReplicas} prefill engines at {result.Plan.PrefillCapWatts} W, {result.Plan.DecodeReplicas} decode engines at {result.Plan.DecodeCapWatts} W a GPU"
            : result.Detail);
        // end
    }
}
