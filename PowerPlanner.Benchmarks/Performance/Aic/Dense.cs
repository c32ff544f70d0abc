using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>The engine that all estimate benchmarks ask: Qwen3-32B, tp 8, H200, vLLM 0.22.0.</summary>
internal static class Dense
{
    /// <summary>AIC's <c>systems</c> folder: <c>AIC_SYSTEMS_DIR</c>, else <c>../shared/aic/systems</c> beside the repository.</summary>
    public static string SystemsDirectory { get; } = Find();

    public static ValueTask<AicDatabase> OpenAsync() => AicDatabase.OpenAsync(SystemsDirectory, "h200_sxm", AicBackend.Vllm, "0.22.0");

    public static EngineLayout Layout { get; } = new(8);

    public static ValueTask<ModelConfiguration> ModelAsync() =>
        ModelConfiguration.LoadAsync(Path.Combine(SystemsDirectory, "..", "model_configs", "Qwen--Qwen3-32B_config.json"));

    public static async Task<AicEngine> EngineAsync() => await AicEngine.LoadAsync(await OpenAsync(), await ModelAsync(), Layout);

    /// <summary>The same engine on the literal interpreter.</summary>
    public static async Task<AicEngine> LiteralEngineAsync() => await AicEngine.LoadAsync(
        await OpenAsync(), await ModelAsync(), Layout, options: null,
        static async (database, operations, mode, cancellationToken) => await LiteralEvaluator.CreateAsync(new LiteralTables(database), operations, mode, cancellationToken),
        CancellationToken.None);

    public static async Task<OperationLists> ListsAsync(AicDatabase database) => Lists(database, await ModelAsync(), Layout);

    /// <summary>The lists of any model in its checkpoint's formats.</summary>
    public static OperationLists Lists(AicDatabase database, ModelConfiguration configuration, EngineLayout layout)
    {
        var model = configuration.Description;
        var engine = new EngineSpecification
        {
            Model = model,
            Layout = layout,
            Quantization = QuantizationInference.Infer(model, QuantizationSettings.Inferred, AicBackend.Vllm),
            Backend = AicBackend.Vllm,
            BackendVersion = database.Version,
            System = database.System,
        };
        return ModelFamilies.OfArchitecture(model.Architecture)!.BuildOperations(engine);
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("AIC_SYSTEMS_DIR") is { Length: > 0 } named)
        {
            return named;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PowerPlanner.slnx")))
            {
                return Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "aic", "systems"));
            }
        }

        throw new DirectoryNotFoundException("Set AIC_SYSTEMS_DIR to AIC's systems folder.");
    }
}
