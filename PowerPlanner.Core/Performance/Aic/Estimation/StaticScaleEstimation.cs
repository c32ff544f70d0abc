using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>Static activation scales (specification 4.1, <c>fp8_static</c>): an estimated product less what only dynamic scales cost.</summary>
internal static class StaticScaleEstimation
{
    /// <param name="product">ms of the product of so many rows.</param>
    /// <param name="light">Its speed of light, ms.</param>
    public static async ValueTask<CompiledOperation> CompileAsync(
        GemmOperation operation, Func<double, double> product, Func<double, double> light, CompileScope scope, CancellationToken cancellationToken)
    {
        var computeScale = await ScaleAsync(StaticScaleCompilation.ComputeScaleTable, scaled: false).ConfigureAwait(false);
        if (computeScale is null)
        {
            return Missing(StaticScaleCompilation.ComputeScaleTable);
        }

        if (!operation.LowPrecisionInput)
        {
            return new EstimatedTokens(operation, operation.Basis, m => Math.Max(product(m) - computeScale(m), light(m)));
        }

        var scaleMatrix = await ScaleAsync(StaticScaleCompilation.ScaleMatrixTable, scaled: true).ConfigureAwait(false);
        return scaleMatrix is null
            ? Missing(StaticScaleCompilation.ScaleMatrixTable)
            : new EstimatedTokens(operation, operation.Basis, m => Math.Max(product(m) - computeScale(m) - scaleMatrix(m), light(m)));

        MissingOperation Missing(string table) => EmpiricalCompilation.Missing(operation, $"{table} has no rows of type '{operation.Quantization.TableLabel}'.");

        async ValueTask<Func<double, double>?> ScaleAsync(string table, bool scaled)
        {
            var label = operation.Quantization.TableLabel;
            if (scope.Mode == AicEstimationMode.Hybrid)
            {
                var measured = await StaticScaleCompilation.LoadAsync(table, label, operation.K, scaled, scope, cancellationToken).ConfigureAwait(false);
                return measured is null ? null : m => measured.Evaluate(m).LatencyMs;
            }

            var points = await StaticScaleCompilation.PointsAsync(table, label, scope, cancellationToken).ConfigureAwait(false);
            return points.Length == 0 ? null
                : scaled ? ScaleMatrix(points, operation.K, scope)
                : ComputeScale(points, operation.K);
        }
    }

    /// <summary>The one nearest measurement in the ratio of the matrices; a measurement may be 0 here, and then the estimate is.</summary>
    private static Func<double, double> ComputeScale(GridPoint[] points, double k)
    {
        var nearest = new NearestPoint([.. points.Select(point => point.Outer)], [.. points.Select(point => point.Inner)]);
        return m =>
        {
            ref readonly var point = ref points[nearest.At(m, k)];
            return point.Leaf.LatencyMs * (m * k / (point.Outer * point.Inner));
        };
    }

    private static Func<double, double>? ScaleMatrix(GridPoint[] points, double k, CompileScope scope)
    {
        // Three bytes an element: read twice as wide as written.
        var perElement = 3 * 1000 / scope.System.MemoryBandwidth;
        var samples = new UtilizationSamples();
        foreach (var point in points)
        {
            samples.Add(point.Outer, point.Inner, 1, point.Leaf.LatencyMs, perElement * point.Outer * point.Inner);
        }

        var utilization = samples.Build(along: 0);
        return utilization.IsEmpty ? null : m => perElement * m * k / utilization.At(m, k, 1);
    }
}
