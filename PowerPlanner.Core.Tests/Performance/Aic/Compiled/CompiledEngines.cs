using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Tests.Performance.Aic.Oracle;
using PowerPlanner.Tests.Performance.Aic.Reference;

namespace PowerPlanner.Tests.Performance.Aic.Compiled;

/// <summary>Engines on the real tables of the H200 that between them reach every path of the evaluator.</summary>
internal static class CompiledEngines
{
    public static readonly string[] Names =
    [
        "qwen3-32b tp 8", "qwen3-32b tp 4 pp 2", "llama-8b tp 1", "llama-405b tp 1", "llama-70b fp8 static tp 2", "llama-70b tp 16", "qwen3-32b fp8 tp 8",
        "qwen3-235b tp 4 ep 4", "gpt-oss-120b tp 1 dp 8", "llama-4-scout tp 8", "deepseek-v3 tp 8 ep 8", "deepseek-v3 tp 1 dp 8", "kimi-k2.5 tp 4",
    ];

    public static OperationLists Lists(string name) => name switch
    {
        "qwen3-32b tp 8" => Build("Qwen--Qwen3-32B", new EngineLayout(8)),
        "qwen3-32b tp 4 pp 2" => Build("Qwen--Qwen3-32B", new EngineLayout(4, 2)),
        "llama-8b tp 1" => Build("meta-llama--Meta-Llama-3.1-8B", new EngineLayout(1)),
        "llama-405b tp 1" => Build("meta-llama--Meta-Llama-3.1-405B", new EngineLayout(1)),
        "llama-70b fp8 static tp 2" => Build("nvidia--Llama-3.1-70B-Instruct-FP8", new EngineLayout(2)),
        "llama-70b tp 16" => Build("meta-llama--Meta-Llama-3.1-70B", new EngineLayout(16)),
        "qwen3-32b fp8 tp 8" => Build("Qwen--Qwen3-32B-FP8", new EngineLayout(8)),
        "qwen3-235b tp 4 ep 4" => Build("Qwen--Qwen3-235B-A22B", new EngineLayout(4, 1, 1, 1, 4)),
        "gpt-oss-120b tp 1 dp 8" => Build("openai--gpt-oss-120b", new EngineLayout(1, 1, 8, 8, 1)),
        "llama-4-scout tp 8" => Build("meta-llama--Llama-4-Scout-17B-16E-Instruct", new EngineLayout(8, 1, 1, 8, 1)),
        "deepseek-v3 tp 8 ep 8" => Build("deepseek-ai--DeepSeek-V3", new EngineLayout(8, 1, 1, 1, 8)),
        "deepseek-v3 tp 1 dp 8" => Build("deepseek-ai--DeepSeek-V3", new EngineLayout(1, 1, 8, 1, 8)),
        "kimi-k2.5 tp 4" => Build("moonshotai--Kimi-K2.5", new EngineLayout(4, 1, 1, 1, 4)),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such engine."),
    };

    public static async Task<CompiledEvaluator> CompileAsync(string name) =>
        await CompiledEvaluator.CompileAsync(await Databases.H200Async(), Lists(name));

    public static async Task<LiteralEvaluator> LiteralAsync(string name) =>
        await LiteralEvaluator.CreateAsync(new LiteralTables(await Databases.H200Async()), Lists(name));

    private static OperationLists Build(string file, EngineLayout layout)
    {
        var folder = RealTables.ModelsDirectory;
        var quantization = Path.Combine(folder, $"{file}_hf_quant_config.json");
        var model = ModelConfiguration.Parse(
            File.ReadAllText(Path.Combine(folder, $"{file}_config.json")),
            File.Exists(quantization) ? File.ReadAllText(quantization) : null).Description;
        var engine = new EngineSpecification
        {
            Model = model,
            Layout = layout,
            Quantization = QuantizationInference.Infer(model, QuantizationSettings.Inferred, AicBackend.Vllm),
            Backend = AicBackend.Vllm,
            BackendVersion = "0.22.0",
            System = EngineSamples.H200,
        };
        return ModelFamilies.OfArchitecture(model.Architecture)!.BuildOperations(engine);
    }
}
