using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Routed experts (specification 4.6).</summary>
internal static class MoeCompilation
{
    /// <summary>Stands in where the tables have no rows of a format with the asked distribution.</summary>
    private const string FallbackDistribution = "uniform";

    public static async ValueTask<CompiledOperation> CompileAsync(MoeOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var shape = $"{operation.Quantization.Name}, {operation.Distribution}, {operation.ExpertsPerToken} of {operation.Experts} experts, "
            + $"hidden {operation.HiddenSize}, intermediate {operation.IntermediateSize}, moe tp {operation.MoeTensorParallel}, moe ep {operation.MoeExpertParallel}";
        var curve = await CurveAsync(MoeRule.Table, shape, operation, scope, cancellationToken).ConfigureAwait(false);
        var lowLatency = operation is { LowLatencyKernel: true, Gated: true } && operation.Quantization == MoeQuantization.NvFp4
            ? await CurveAsync(MoeRule.LowLatencyTable, shape, operation, scope, cancellationToken).ConfigureAwait(false)
            : null;
        return curve is null && lowLatency is null
            ? new MissingOperation(operation.Name, operation.Scale, $"{MoeRule.Table} has no rows for {shape}.")
            : new ExpertsOperation(operation, curve, lowLatency, $"{MoeRule.Table} ({shape})", scope.MissingRate(operation.Quantization.Format, operation.Name));
    }

    private static async ValueTask<HeldTokenCurve?> CurveAsync(
        string table, string shape, MoeOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var points = await scope.ShareAsync((table, shape), () => LoadAsync(table, operation, scope, cancellationToken)).ConfigureAwait(false);

        // Below a single point there is no answer (specification 4.6).
        return points.Count == 0 ? null : new HeldTokenCurve(points, Roofline(operation, scope).Ms, isSinglePointHeldBelow: false);
    }

    public static MoeRoofline Roofline(MoeOperation operation, CompileScope scope) => new(
        operation.HiddenSize, operation.IntermediateSize, operation.ExpertsPerToken, operation.Experts, operation.MoeTensorParallel, operation.MoeExpertParallel,
        operation.Matrices, operation.Quantization.BytesPerElement, scope.FlopsOrNaN(operation.Quantization.Format), scope.System.MemoryBandwidth);

    private static async ValueTask<SortedDictionary<long, Leaf>> LoadAsync(string table, MoeOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var rows = await scope.Tables.LoadAsync(
            new TableQuery(
                table,
                ["distribution"],
                [new("num_tokens", Least: 1)],
                [
                    new("moe_dtype", [operation.Quantization.Name]),
                    new("distribution", [operation.Distribution, FallbackDistribution]),
                    new("topk", Integers: [operation.ExpertsPerToken]),
                    new("num_experts", Integers: [operation.Experts]),
                    new("hidden_size", Integers: [operation.HiddenSize]),
                    new("inter_size", Integers: [operation.IntermediateSize]),
                    new("moe_tp_size", Integers: [operation.MoeTensorParallel]),
                    new("moe_ep_size", Integers: [operation.MoeExpertParallel]),
                ]),
            cancellationToken).ConfigureAwait(false);
        var points = Pick(rows, operation.Distribution);
        return points.Count > 0 ? points : Pick(rows, await DistributionAsync(table, operation, scope, cancellationToken).ConfigureAwait(false));
    }

    private static SortedDictionary<long, Leaf> Pick(TableRows rows, string distribution)
    {
        var points = new SortedDictionary<long, Leaf>();
        if (rows.Count == 0)
        {
            return points;
        }

        var (distributions, tokens) = (rows.Text("distribution"), rows.Integers("num_tokens"));
        for (var i = 0; i < rows.Count; i++)
        {
            if (distributions[i] == distribution)
            {
                points.TryAdd(tokens[i], Leaf.Measured(rows.LatencyMs[i], rows.PowerWatts[i]));
            }
        }

        return points;
    }

    /// <summary>The asked distribution where the format was measured with it at all, whatever the shape; else the uniform one.</summary>
    public static async ValueTask<string> DistributionAsync(string table, MoeOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var rows = await scope.Tables.LoadAsync(
            new TableQuery(table, [], [], [new("moe_dtype", [operation.Quantization.Name]), new("distribution", [operation.Distribution])]),
            cancellationToken).ConfigureAwait(false);
        return rows.Count > 0 ? operation.Distribution : FallbackDistribution;
    }
}
