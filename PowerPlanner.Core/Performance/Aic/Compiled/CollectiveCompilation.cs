using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>All-reduce and the other collectives (specification 4.5).</summary>
internal static class CollectiveCompilation
{
    private const string AllReduceTable = "custom_allreduce_perf";
    private const string NcclTable = "nccl_perf";
    private const string OneCclTable = "oneccl_perf";

    public static async ValueTask<CompiledOperation> CompileAsync(AllReduceOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var node = scope.System.GpusPerNode;
        if (operation.Gpus <= 1)
        {
            return CurveOperation.Formula(operation.Name, operation.Scale, 0, 0);
        }

        if (node == 72 && operation.Gpus > 4)
        {
            return await CompileAsync(
                new NcclOperation(operation.Name, "all_reduce", operation.HiddenSize, operation.Gpus, CommunicationQuantization.Half, operation.Scale),
                scope,
                cancellationToken).ConfigureAwait(false);
        }

        return Compile(operation, operation.Gpus, operation.HiddenSize, await CurveAsync(operation, scope, cancellationToken).ConfigureAwait(false), scope);
    }

    public static async ValueTask<CompiledOperation> CompileAsync(NcclOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        if (operation.Gpus <= 1)
        {
            return CurveOperation.Formula(operation.Name, operation.Scale, 0, 0);
        }

        return Compile(operation, operation.Gpus, operation.ElementsPerToken, await CurveAsync(operation, scope, cancellationToken).ConfigureAwait(false), scope);
    }

    /// <summary>The curve of the largest measured group up to the asked one.</summary>
    public static async ValueTask<CollectiveCurve> CurveAsync(AllReduceOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var measured = Math.Min(operation.Gpus, scope.System.GpusPerNode);
        var points = await scope.ShareAsync((AllReduceTable, measured), () => LoadAllReduceAsync(measured, scope, cancellationToken)).ConfigureAwait(false);
        return new CollectiveCurve(points, measured, $"{AllReduceTable} ({measured} GPUs)");
    }

    /// <summary>The curve of the largest measured group up to the asked one.</summary>
    public static async ValueTask<CollectiveCurve> CurveAsync(NcclOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var rows = await scope.ShareAsync(
            (NcclTable, operation.Communication.Name, operation.Collective), () => LoadCollectiveAsync(operation, scope, cancellationToken)).ConfigureAwait(false);
        if (rows.Count == 0)
        {
            return new CollectiveCurve([], operation.Gpus, $"The collectives' tables ({NcclTable}, {OneCclTable}: {operation.Communication.Name} {operation.Collective})");
        }

        var groups = rows.Integers("num_gpus");
        var measured = (int)Math.Min(operation.Gpus, groups.Max());
        var sizes = rows.Integers("message_size");
        var points = new SortedDictionary<long, Leaf>();
        for (var i = 0; i < rows.Count; i++)
        {
            if (groups[i] == measured)
            {
                points.TryAdd(sizes[i], Leaf.Measured(rows.LatencyMs[i], rows.PowerWatts[i]));
            }
        }

        return new CollectiveCurve(points, measured, $"The collectives' table ({operation.Communication.Name} {operation.Collective}, {measured} GPUs)");
    }

    private static CompiledOperation Compile(Operation operation, int gpus, double elementsPerToken, CollectiveCurve curve, CompileScope scope)
    {
        var (points, measured, table) = curve;
        if (points.Count == 0)
        {
            return new MissingOperation(operation.Name, operation.Scale, curve.Reason);
        }

        // A larger group than any measured: more of the message travels, over the slowest of its links.
        var system = scope.System;
        var beyond = gpus > measured;
        var factor = beyond
            ? (gpus - 1.0) / gpus * measured / Math.Max(measured - 1, 1) * system.PointToPointBandwidth(measured) / system.PointToPointBandwidth(gpus)
            : 1;
        double[] sizes = [.. points.Keys.Select(size => (double)size)];
        Leaf[] leaves = [.. points.Values.Select(leaf => leaf with { LatencyMs = leaf.LatencyMs * factor })];
        return new CurveOperation(
            operation.Name,
            operation.Scale,
            TokenBasis.Tokens,
            AxisCurve.OverTokens(sizes, leaves, elementsPerToken, beyond ? Provenance.Extrapolated : Provenance.Measured),
            table);
    }

    private static async ValueTask<SortedDictionary<long, Leaf>> LoadAllReduceAsync(int gpus, CompileScope scope, CancellationToken cancellationToken)
    {
        var points = new SortedDictionary<long, Leaf>();
        var rows = await scope.Tables.LoadAsync(
            new TableQuery(AllReduceTable, [], [new("message_size", Least: 1)], [new("num_gpus", Integers: [gpus])]), cancellationToken).ConfigureAwait(false);
        if (rows.Count == 0)
        {
            return points;
        }

        var sizes = rows.Integers("message_size");
        for (var i = 0; i < rows.Count; i++)
        {
            points.TryAdd(sizes[i], Leaf.Measured(rows.LatencyMs[i], rows.PowerWatts[i]));
        }

        return points;
    }

    /// <summary>NCCL's rows of a collective, or oneCCL's where NCCL's table has none.</summary>
    private static async ValueTask<TableRows> LoadCollectiveAsync(NcclOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        foreach (var (table, oneCcl) in new[] { (NcclTable, false), (OneCclTable, true) })
        {
            var rows = await scope.Tables.LoadCollectivesAsync(
                new TableQuery(
                    table,
                    [],
                    [new("num_gpus", Least: 1), new("message_size", Least: 1)],
                    [new("nccl_dtype", [operation.Communication.Name]), new("op_name", [operation.Collective])]),
                oneCcl,
                cancellationToken).ConfigureAwait(false);
            if (rows.Count > 0)
            {
                return rows;
            }
        }

        return new TableRows([], [], [], []);
    }
}

/// <summary>Measurements of a collective over the elements of its message.</summary>
/// <param name="Gpus">The measured group.</param>
/// <param name="Table">What was looked up, for messages.</param>
internal sealed record CollectiveCurve(SortedDictionary<long, Leaf> Points, int Gpus, string Table)
{
    /// <summary>What is said where nothing was measured.</summary>
    public string Reason => $"{Table} has no rows.";
}
