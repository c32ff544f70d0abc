using PowerPlanner.Performance.Aic.Compiled;
using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>Matrix products from the utilization of measured ones over (m, n, k) (specification, chapter 11).</summary>
internal static class GemmEstimation
{
    private const int Rows = 0;

    public static async ValueTask<CompiledOperation> CompileAsync(GemmOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var quantization = operation.Quantization;
        var utilization = await scope.ShareAsync(
            (nameof(GemmEstimation), quantization), () => UtilizationAsync(quantization, scope, cancellationToken)).ConfigureAwait(false);
        if (utilization.IsEmpty)
        {
            return EmpiricalCompilation.Missing(operation, $"{GemmCompilation.Table} has no rows of type '{quantization.TableLabel}'.");
        }

        var light = SpeedOfLight.Of(operation, scope);
        var (n, k) = ((double)operation.N, (double)operation.K);
        Func<double, double> product = m => light(m) / utilization.At(m, n, k);
        return quantization == GemmQuantization.Fp8Static
            ? await StaticScaleEstimation.CompileAsync(operation, product, light, scope, cancellationToken).ConfigureAwait(false)
            : new EstimatedTokens(operation, operation.Basis, product);
    }

    /// <summary>
    /// The format's own measurements; where it has none those of another format: first one that moves and computes as much, at the asked format's own light; then
    /// the one that differs least, in compute before memory, by the levels that formats reach.
    /// </summary>
    private static async ValueTask<UtilizationTable> UtilizationAsync(GemmQuantization asked, CompileScope scope, CancellationToken cancellationToken)
    {
        var samples = Samples(await GemmCompilation.RowsAsync(scope, cancellationToken).ConfigureAwait(false), asked, asked, scope);
        if (!samples.IsEmpty)
        {
            return samples.Build(Rows);
        }

        var rows = await scope.ShareAsync(
            (nameof(GemmEstimation), "all formats"), () => GemmCompilation.RowsAsync(GemmQuantization.All, scope, cancellationToken)).ConfigureAwait(false);
        foreach (var equal in GemmQuantization.All.Where(other => Differences(asked, other) == (0, 0)))
        {
            samples = Samples(rows, equal, light: asked, scope);
            if (!samples.IsEmpty)
            {
                return samples.Build(Rows);
            }
        }

        foreach (var other in GemmQuantization.All.Where(other => Differences(asked, other) != (0, 0)).OrderBy(other => Differences(asked, other)))
        {
            samples = Samples(rows, other, light: other, scope);
            if (!samples.IsEmpty)
            {
                return samples.Build(Rows, AchievedLevels.Gemm(asked) / AchievedLevels.Gemm(other));
            }
        }

        return samples.Build(Rows);
    }

    private static (double Compute, double Memory) Differences(GemmQuantization asked, GemmQuantization other) =>
        (Math.Abs(asked.RelativeCompute - other.RelativeCompute), Math.Abs(asked.BytesPerElement - other.BytesPerElement));

    private static UtilizationSamples Samples(TableRows rows, GemmQuantization format, GemmQuantization light, CompileScope scope)
    {
        var samples = new UtilizationSamples();
        if (rows.Count == 0)
        {
            return samples;
        }

        var (own, asked) = (Rates(format, scope), Rates(light, scope));
        var (labels, ms, ns, ks) = (rows.Text("gemm_dtype"), rows.Integers("m"), rows.Integers("n"), rows.Integers("k"));

        // Of equally near measurements the first counts, in the order in which weight shapes are enumerated too (specification 2.5): m, n and k as first seen.
        var walk = Enumerable.Range(0, labels.Length)
            .Where(i => labels[i] == format.TableLabel)
            .GroupBy(i => ms[i])
            .SelectMany(ofM => ofM.GroupBy(i => ns[i]))
            .SelectMany(ofN => ofN);
        foreach (var i in walk)
        {
            // No faster than light, as for every look-up; without a rate there is nothing to compare with.
            var bound = own.Roofline(ns[i], ks[i]).Ms(ms[i]);
            samples.Add(ms[i], ns[i], ks[i], bound > rows.LatencyMs[i] ? bound : rows.LatencyMs[i], asked.Roofline(ns[i], ks[i]).Ms(ms[i]));
        }

        return samples;
    }

    private static GemmRates Rates(GemmQuantization quantization, CompileScope scope) =>
        new(scope.FlopsOrNaN(quantization.Format), quantization.BytesPerElement, scope.System.MemoryBandwidth);
}
