using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Models;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>An engine of the library, its operations looked up by the literal interpreter.</summary>
internal sealed record LiteralEngine(LiteralTables Tables, EngineSpecification Specification, LiteralEvaluator Evaluator)
{
    /// <exception cref="InvalidLayoutException">The model does not allow the layout.</exception>
    public static async Task<LiteralEngine> CreateAsync(LiteralTables tables, string model, EngineLayout layout, int draftTokens = 0)
    {
        var database = tables.Database;
        var description = (await ModelConfiguration.FindAsync(RealTables.ModelsDirectory, model)).Description;
        var modes = QuantizationInference.Infer(description, QuantizationSettings.Inferred, database.Backend);
        var specification = new EngineSpecification
        {
            Model = description,
            Layout = layout,
            Quantization = await QuantizationInference.CorrectAsync(modes, QuantizationSettings.Inferred, database, CancellationToken.None),
            Backend = database.Backend,
            BackendVersion = database.Version,
            System = database.System,
            DraftTokens = draftTokens,
        };
        LayoutRules.Check(specification);
        return new LiteralEngine(
            tables, specification, await LiteralEvaluator.CreateAsync(tables, description.Family.BuildOperations(specification)));
    }
}
