using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Tables;
using PowerPlanner.Tests.Performance.Aic.Models;
using PowerPlanner.Tests.Performance.Aic.Reference;

namespace PowerPlanner.Tests.Performance.Aic.Compiled;

/// <summary>What stands in for a measured module is read only where it can be asked.</summary>
internal sealed class FallbackCompilationTests
{
    private const string ContextParts = "context_attention_perf";
    private const string GenerationParts = "generation_attention_perf";

    [Test]
    public async Task Parts_of_a_module_that_answers_everything_are_not_read() =>
        Assert.That(await TablesReadAsync(hasModules: true), Does.Contain("mla_context_module_perf").And.None.EqualTo(ContextParts).And.None.EqualTo(GenerationParts));

    [Test]
    public async Task Parts_of_a_module_without_rows_are_read() =>
        Assert.That(await TablesReadAsync(hasModules: false), Is.SupersetOf(new[] { "mla_context_module_perf", ContextParts, GenerationParts }));

    private static async Task<List<string>> TablesReadAsync(bool hasModules)
    {
        const string Version = "0.22.0";
        var engine = EngineSamples.Engine(MlaFamilyTests.DeepSeek, new EngineLayout(8, 1, 1, 1, 8), version: Version);
        var tables = new NotingTables((await Databases.H200Async(AicBackend.Vllm, Version)).Tables, hasModules);
        await CompiledEvaluator.CompileAsync(new AicDatabase(AicBackend.Vllm, Version, tables), engine.Model.Family.BuildOperations(engine));
        return tables.Read;
    }

    private sealed class NotingTables(ITableSource inner, bool hasModules) : ITableSource
    {
        public List<string> Read { get; } = [];

        public AicSystem System => inner.System;

        public ValueTask<TableRows> LoadAsync(TableQuery query, CancellationToken cancellationToken)
        {
            Read.Add(query.Table);
            return hasModules || !query.Table.Contains("module", StringComparison.Ordinal)
                ? inner.LoadAsync(query, cancellationToken)
                : new(new TableRows([], [], [], []));
        }

        public ValueTask<TableRows> LoadPrimaryAsync(TableQuery query, CancellationToken cancellationToken) => inner.LoadPrimaryAsync(query, cancellationToken);

        public ValueTask<TableRows> LoadCollectivesAsync(TableQuery query, bool oneCcl, CancellationToken cancellationToken) =>
            inner.LoadCollectivesAsync(query, oneCcl, cancellationToken);
    }
}
