using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Tests.Performance.Aic.Oracle;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>Every dense question of the reference file against what AIC itself answered, within 0.1 %, errors in the matching class.</summary>
[TestFixture]
internal sealed class ReferenceAnswers
{
    private const double Tolerance = 1e-3;

    [Test]
    public async Task The_literal_interpreter_answers_every_dense_query_as_AIC_does()
    {
        var deviations = new Deviations(Tolerance);
        foreach (var database in ReferenceQuery.Load("h200-dense.json").GroupBy(query => (query.Backend, query.Version)))
        {
            var tables = await Databases.H200TablesAsync(database.Key.Backend, database.Key.Version);
            foreach (var engine in database.GroupBy(query => (query.Model, query.Layout)))
            {
                var built = await LiteralEngine.CreateAsync(tables, engine.Key.Model, engine.Key.Layout);
                foreach (var query in engine)
                {
                    Compare(query, built.Evaluator, deviations);
                }
            }
        }

        deviations.AssertNone();
    }

    private static void Compare(ReferenceQuery query, LiteralEvaluator evaluator, Deviations deviations)
    {
        OperationCost context, generation;
        try
        {
            context = evaluator.Context(new ContextShape(query.Batch, query.Isl - query.Prefix, query.Prefix));
            generation = Generation(query, evaluator);
        }
        catch (PerformanceException exception)
        {
            deviations.Failed(query, exception);
            return;
        }

        if (!deviations.Succeeded(query))
        {
            return;
        }

        deviations.Number(query, "contextMs", context.LatencyMs);
        deviations.Number(query, "contextEnergyMj", context.EnergyMillijoules);
        deviations.Number(query, "contextPowerCoverage", context.CoveredLatencyMs / context.LatencyMs);
        deviations.Number(query, "generationMs", generation.LatencyMs);
        deviations.Number(query, "generationEnergyMj", generation.EnergyMillijoules);
        deviations.Number(query, "generationPowerCoverage", generation.CoveredLatencyMs / generation.LatencyMs);
    }

    /// <summary>All decode steps after the first token, one look-up a stride (specification 6.2).</summary>
    private static OperationCost Generation(ReferenceQuery query, LiteralEvaluator evaluator)
    {
        var sum = OperationCost.Zero;
        var stride = query.Integer("stride");
        for (var i = 0; i < query.Osl - 1; i += stride)
        {
            sum += evaluator.Generation(new GenerationShape(query.Batch, query.Isl + i + 1)) * Math.Min(stride, query.Osl - 1 - i);
        }

        return sum;
    }
}
