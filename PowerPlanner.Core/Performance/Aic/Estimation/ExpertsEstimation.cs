using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>Routed experts from the utilization of measured ones over the tokens (specification, chapter 11).</summary>
internal static class ExpertsEstimation
{
    private const int Tokens = 2;

    public static async ValueTask<CompiledOperation> CompileAsync(MoeOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var utilization = await scope.ShareAsync(
            (nameof(ExpertsEstimation), operation with { Name = "", Scale = 1, AttentionDataParallel = 1 }),
            () => UtilizationAsync(operation, scope, cancellationToken)).ConfigureAwait(false);
        if (utilization.IsEmpty)
        {
            return EmpiricalCompilation.Missing(
                operation,
                $"{MoeRule.Table} has no {operation.Quantization.Name} rows on moe tp {operation.MoeTensorParallel}, moe ep {operation.MoeExpertParallel}, spread as {operation.Distribution}.");
        }

        var (light, ranks) = (SpeedOfLight.Of(operation, scope), (double)operation.AttentionDataParallel);
        return new EstimatedTokens(operation, TokenBasis.Tokens, tokens => light(tokens) / utilization.At(1, 1, tokens * ranks));
    }

    /// <summary>
    /// The operation's own measurements; else those of the nearest shape in its format and layout, at that shape's own light; else its shape in another
    /// format: first one that moves and computes as much, at the asked format's own light; then the one that differs least, by the levels that formats reach.
    /// </summary>
    private static async ValueTask<UtilizationTable> UtilizationAsync(MoeOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var asked = operation.Quantization;
        var shapes = await ShapesAsync(operation, scope, cancellationToken).ConfigureAwait(false);
        if (shapes.Count > 0)
        {
            var shape = shapes.ContainsKey(ExpertShape.Of(operation)) ? ExpertShape.Of(operation) : ExpertShape.Nearest([.. shapes.Keys], ExpertShape.Of(operation));
            return Utilization(shapes[shape], shape.In(operation), 1);
        }

        foreach (var (other, isEqual) in Others(asked))
        {
            var reference = operation with { Quantization = other };
            shapes = await ShapesAsync(reference, scope, cancellationToken).ConfigureAwait(false);
            if (shapes.TryGetValue(ExpertShape.Of(operation), out var points) && (isEqual || scope.System.TensorCoreFlops.ContainsKey(other.Format)))
            {
                return Utilization(points, isEqual ? operation : reference, isEqual ? 1 : AchievedLevels.Moe(asked) / AchievedLevels.Moe(other));
            }
        }

        return new UtilizationSamples().Build(Tokens);

        UtilizationTable Utilization(List<(long Tokens, double LatencyMs)> measured, MoeOperation lit, double factor)
        {
            var roofline = MoeCompilation.Roofline(lit, scope);
            var samples = new UtilizationSamples();
            foreach (var (tokens, latency) in measured)
            {
                samples.Add(1, 1, tokens, latency, roofline.Ms(tokens));
            }

            return samples.Build(Tokens, factor);
        }
    }

    private static IEnumerable<(MoeQuantization Quantization, bool IsEqual)> Others(MoeQuantization asked) =>
        from other in MoeQuantization.All
        where other != asked
        let difference = Math.Abs(asked.RelativeCompute - other.RelativeCompute) + Math.Abs(asked.BytesPerElement - other.BytesPerElement)
        orderby difference
        select (other, difference == 0);

    /// <summary>Measurements of a format, distribution and layout, by shape; in the order of the table.</summary>
    private static async ValueTask<OrderedDictionary<ExpertShape, List<(long Tokens, double LatencyMs)>>> ShapesAsync(
        MoeOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var shapes = new OrderedDictionary<ExpertShape, List<(long Tokens, double LatencyMs)>>();
        var distribution = await MoeCompilation.DistributionAsync(MoeRule.Table, operation, scope, cancellationToken).ConfigureAwait(false);
        var rows = await scope.Tables.LoadAsync(
            new TableQuery(
                MoeRule.Table,
                [],
                [new("topk", Least: 1), new("num_experts", Least: 1), new("hidden_size", Least: 1), new("inter_size", Least: 1), new("num_tokens", Least: 1)],
                [
                    new("moe_dtype", [operation.Quantization.Name]),
                    new("distribution", [distribution]),
                    new("moe_tp_size", Integers: [operation.MoeTensorParallel]),
                    new("moe_ep_size", Integers: [operation.MoeExpertParallel]),
                ]),
            cancellationToken).ConfigureAwait(false);
        if (rows.Count == 0)
        {
            return shapes;
        }

        var (visits, experts, tokens) = (rows.Integers("topk"), rows.Integers("num_experts"), rows.Integers("num_tokens"));
        var (hidden, intermediate) = (rows.Integers("hidden_size"), rows.Integers("inter_size"));
        for (var i = 0; i < rows.Count; i++)
        {
            var shape = new ExpertShape(visits[i], experts[i], hidden[i], intermediate[i]);
            if (!shapes.TryGetValue(shape, out var points))
            {
                shapes.Add(shape, points = []);
            }

            points.Add((tokens[i], rows.LatencyMs[i]));
        }

        return shapes;
    }
}
