using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Static activation scales (specification 4.1, <c>fp8_static</c>): the measured product less what only dynamic scales cost.</summary>
internal static class StaticScaleCompilation
{
    public const string ComputeScaleTable = "computescale_perf";
    public const string ScaleMatrixTable = "scale_matrix_perf";

    public static async ValueTask<CompiledOperation> CompileAsync(
        GemmOperation operation, CurveOperation product, GemmRates rates, CompileScope scope, CancellationToken cancellationToken)
    {
        var label = operation.Quantization.TableLabel;
        var computeScale = await LoadAsync(ComputeScaleTable, label, operation.K, scaled: false, scope, cancellationToken).ConfigureAwait(false);
        if (computeScale is null)
        {
            return new MissingOperation(operation.Name, operation.Scale, $"{ComputeScaleTable} has no rows of type '{label}'.");
        }

        ScaleCurve? scaleMatrix = null;
        if (operation.LowPrecisionInput)
        {
            scaleMatrix = await LoadAsync(ScaleMatrixTable, label, operation.K, scaled: true, scope, cancellationToken).ConfigureAwait(false);
            if (scaleMatrix is null)
            {
                return new MissingOperation(operation.Name, operation.Scale, $"{ScaleMatrixTable} has no rows of type '{label}'.");
            }
        }

        return new StaticScaleOperation(product, computeScale, scaleMatrix, rates.Roofline(operation.N, operation.K));
    }

    /// <param name="scaled">Whether what is clamped to the measured range is scaled back.</param>
    /// <returns>null where the table has no rows of the format.</returns>
    public static async ValueTask<ScaleCurve?> LoadAsync(
        string table, string label, long k, bool scaled, CompileScope scope, CancellationToken cancellationToken)
    {
        var points = await PointsAsync(table, label, scope, cancellationToken).ConfigureAwait(false);
        return points.Length == 0 ? null : new ScaleCurve(points, k, scaled);
    }

    /// <summary>Measurements of a format over m, then k.</summary>
    public static ValueTask<GridPoint[]> PointsAsync(string table, string label, CompileScope scope, CancellationToken cancellationToken) =>
        scope.ShareAsync((table, label), async () =>
        {
            var rows = await scope.Tables.LoadAsync(
                new TableQuery(table, [], [new("m", Least: 1), new("k", Least: 1)], [new("quant_dtype", [label])]), cancellationToken).ConfigureAwait(false);
            if (rows.Count == 0)
            {
                return [];
            }

            var (ms, ks) = (rows.Integers("m"), rows.Integers("k"));
            var measured = new List<GridPoint>(rows.Count);
            for (var i = 0; i < rows.Count; i++)
            {
                measured.Add(new GridPoint(1, ms[i], ks[i], Leaf.Measured(rows.LatencyMs[i], rows.PowerWatts[i])));
            }

            return GridPoint.SortDistinct(measured);
        });
}
