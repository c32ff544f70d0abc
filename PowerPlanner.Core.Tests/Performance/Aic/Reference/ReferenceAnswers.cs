using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;
using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Tests.Performance.Aic.Reference;

/// <summary>Every question of the reference files about a family that the library has against what AIC itself answered: numbers within 0.1 %, errors of the matching class.</summary>
[TestFixture(EvaluatorKind.Literal)]
[TestFixture(EvaluatorKind.Compiled)]
internal sealed class ReferenceAnswers(EvaluatorKind evaluator)
{
    private const double Tolerance = 1e-3;

    /// <summary>AIC was asked for the KV capacity at this memory fraction, whatever the backend's own default.</summary>
    private static readonly AicEngineOptions Options = new() { MemoryFraction = 0.9 };

    [TestCase("h200-dense.json")]
    [TestCase("h200-moe.json")]
    [TestCase("h200-mla.json")]
    public async Task Static_phases_and_the_KV_capacity_are_those_of_AIC(string file)
    {
        var deviations = new Deviations(Tolerance);
        await foreach (var (query, engine) in EnginesAsync(ReferenceQuery.Load(file), deviations, "error"))
        {
            CompareStatic(query, engine, deviations);
        }

        deviations.AssertNone();
    }

    [TestCase("h200-dense.json")]
    [TestCase("h200-moe.json")]
    [TestCase("h200-mla.json")]
    public async Task Mixed_steps_and_aggregated_and_disaggregated_serving_are_those_of_AIC(string modelsOf)
    {
        var models = ReferenceQuery.Load(modelsOf).Select(query => query.Model).ToHashSet();
        var deviations = new Deviations(Tolerance);
        var queries = ReferenceQuery.Load("h200-compositions.json").Where(query => models.Contains(query.Model));
        await foreach (var (query, engine) in EnginesAsync(queries, deviations, "mixedError", "aggError", "disaggError"))
        {
            await CompareMixedAsync(query, engine, deviations);
            CompareAggregated(query, engine, deviations);
            CompareDisaggregated(query, engine, deviations);
        }

        deviations.AssertNone();
    }

    /// <summary>The engine of each query; tables are read once a database, engines built once a layout. An engine that cannot be built is an answer.</summary>
    private async IAsyncEnumerable<(ReferenceQuery Query, AicEngine Engine)> EnginesAsync(
        IEnumerable<ReferenceQuery> queries, Deviations deviations, params string[] errorFields)
    {
        foreach (var group in queries.GroupBy(query => (query.Backend, query.Version, query.Model, query.Layout)))
        {
            var (backend, version, model, layout) = group.Key;
            ReferenceEngine? engine = null;
            PerformanceException? refusal = null;
            try
            {
                engine = await ReferenceEngine.LoadAsync(evaluator, backend, version, model, layout, Options);
            }
            catch (PerformanceException exception)
            {
                refusal = exception;
            }

            foreach (var query in group)
            {
                if (engine is not null)
                {
                    yield return (query, engine.Engine);
                    continue;
                }

                foreach (var field in errorFields)
                {
                    deviations.Failed(query, refusal!, field);
                }
            }
        }
    }

    private static void CompareStatic(ReferenceQuery query, AicEngine engine, Deviations deviations)
    {
        if (deviations.Answered(query, "error", () => engine.EstimateStatic(query.Batch, query.Isl, query.Osl, query.Prefix, query.Integer("stride"))) is not { } answer)
        {
            return;
        }

        deviations.Number(query, "contextMs", answer.Context.LatencyMs);
        deviations.Number(query, "contextEnergyMj", answer.Context.EnergyMillijoules);
        deviations.Number(query, "contextPowerCoverage", answer.Context.PowerCoverage);
        deviations.Number(query, "generationMs", answer.Generation.LatencyMs);
        deviations.Number(query, "generationEnergyMj", answer.Generation.EnergyMillijoules);
        deviations.Number(query, "generationPowerCoverage", answer.Generation.PowerCoverage);
        deviations.Number(query, "maxKvTokens", engine.MaximumKvTokens(query.Integer("maxNumTokens")));
    }

    /// <summary>
    /// AIC was asked for mixed steps below the layer that lowers attention in fp8 where the tables have none (specification 5.3, step 5): there
    /// the checkpoint's own format is asked for.
    /// </summary>
    private async Task CompareMixedAsync(ReferenceQuery query, AicEngine engine, Deviations deviations)
    {
        var model = engine.Specification.Model;
        var declared = QuantizationInference.Infer(model, QuantizationSettings.Inferred, query.Backend).Attention;
        var asked = engine;
        if (declared != engine.Specification.Quantization.Attention)
        {
            try
            {
                asked = (await ReferenceEngine.LoadAsync(
                    evaluator, query.Backend, query.Version, query.Model, query.Layout, Options with { AttentionFormat = declared.Name })).Engine;
            }
            catch (PerformanceException exception)
            {
                deviations.Failed(query, exception, "mixedError");
                return;
            }
        }

        if (deviations.Answered(query, "mixedError", () => asked.EstimateMixedStep(query.Isl, query.Batch, query.Isl, query.Osl, query.Prefix)) is { } answer)
        {
            deviations.Number(query, "mixedStepMs", answer.LatencyMs);
        }
    }

    private static void CompareAggregated(ReferenceQuery query, AicEngine engine, Deviations deviations)
    {
        if (deviations.Answered(query, "aggError", () => engine.EstimateAggregated(query.Integer("aggBatch"), query.Isl, query.Osl, prefix: query.Prefix)) is { } answer)
        {
            var expected = query.Expected.GetProperty("agg");
            Number("ttftMs", answer.TtftMs);
            Number("tpotMs", answer.ItlMs);
            Number("requestMs", answer.RequestLatencyMs);
            Number("requestsPerSecond", answer.RequestsPerSecond);
            Number("ctxTokens", answer.ContextTokens);

            void Number(string field, double actual) => deviations.Number(query, $"agg.{field}", expected.GetProperty(field).GetDouble(), actual);
        }
    }

    private static void CompareDisaggregated(ReferenceQuery query, AicEngine engine, Deviations deviations)
    {
        var point = new AicDisaggregatedQuery
        {
            Isl = query.Isl,
            Osl = query.Osl,
            Prefix = query.Prefix,
            PrefillBatch = query.Integer("disaggPrefillBatch"),
            PrefillWorkers = query.Integer("disaggPrefillWorkers"),
            DecodeBatch = query.Integer("disaggDecodeBatch"),
            DecodeWorkers = query.Integer("disaggDecodeWorkers"),
        };
        if (deviations.Answered(query, "disaggError", () => AicEngine.EstimateDisaggregated(engine, engine, point)) is { } answer)
        {
            var expected = query.Expected.GetProperty("disagg");
            Number("ttftMs", answer.TtftMs);
            Number("tpotMs", answer.ItlMs);
            Number("requestMs", answer.RequestLatencyMs);

            void Number(string field, double actual) => deviations.Number(query, $"disagg.{field}", expected.GetProperty(field).GetDouble(), actual);
        }
    }
}
