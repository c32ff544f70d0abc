using PowerPlanner.Performance.Aic.Interpolation;
using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>Matrix products (specification 4.1).</summary>
internal static class GemmCompilation
{
    public const string Table = "gemm_perf";

    public static async ValueTask<CompiledOperation> CompileAsync(GemmOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        var quantization = operation.Quantization;
        var sites = await SitesAsync(quantization, scope, cancellationToken).ConfigureAwait(false);
        if (sites.IsEmpty)
        {
            return new MissingOperation(operation.Name, operation.Scale, $"{Table} has no rows of type '{quantization.TableLabel}'.");
        }

        var curve = await scope.ShareAsync(
            (Table, quantization.TableLabel, operation.N, operation.K),
            () => ValueTask.FromResult(sites.Compile(operation.N, operation.K))).ConfigureAwait(false);
        var product = new CurveOperation(
            operation.Name,
            operation.Scale,
            operation.Basis,
            curve,
            $"{Table} ({quantization.TableLabel}, n {operation.N}, k {operation.K})",
            scope.MissingRate(quantization.Format, operation.Name));
        return quantization == GemmQuantization.Fp8Static
            ? await StaticScaleCompilation.CompileAsync(operation, product, sites.Rates, scope, cancellationToken).ConfigureAwait(false)
            : product;
    }

    private static ValueTask<SiteTable> SitesAsync(GemmQuantization quantization, CompileScope scope, CancellationToken cancellationToken) =>
        scope.ShareAsync((Table, quantization.TableLabel), async () =>
        {
            var rows = await RowsAsync(scope, cancellationToken).ConfigureAwait(false);
            if (rows.Count == 0)
            {
                return SiteTable.Create([], [], [], [], [], default);
            }

            var labels = rows.Text("gemm_dtype");
            var selected = new List<int>(rows.Count);
            for (var i = 0; i < labels.Length; i++)
            {
                if (labels[i] == quantization.TableLabel)
                {
                    selected.Add(i);
                }
            }

            var rates = new GemmRates(scope.FlopsOrNaN(quantization.Format), quantization.BytesPerElement, scope.System.MemoryBandwidth);
            return SiteTable.Create(
                Pick(rows.Integers("m"), selected), Pick(rows.Integers("n"), selected), Pick(rows.Integers("k"), selected),
                Pick(rows.LatencyMs, selected), Pick(rows.PowerWatts, selected), rates);
        });

    /// <summary>All formats that the lists use, read in one pass.</summary>
    public static ValueTask<TableRows> RowsAsync(CompileScope scope, CancellationToken cancellationToken) =>
        scope.ShareAsync(Table, () => RowsAsync(scope.Operations.OfType<GemmOperation>().Select(gemm => gemm.Quantization), scope, cancellationToken));

    /// <summary>Rows of some formats.</summary>
    public static ValueTask<TableRows> RowsAsync(IEnumerable<GemmQuantization> formats, CompileScope scope, CancellationToken cancellationToken)
    {
        string[] labels = [.. formats.Select(format => format.TableLabel).Distinct()];
        return scope.Tables.LoadAsync(
            new TableQuery(Table, ["gemm_dtype"], [new("m", Least: 1), new("n", Least: 1), new("k", Least: 1)], [new("gemm_dtype", labels)]), cancellationToken);
    }

    private static T[] Pick<T>(T[] values, List<int> rows)
    {
        var picked = new T[rows.Count];
        for (var i = 0; i < picked.Length; i++)
        {
            picked[i] = values[rows[i]];
        }

        return picked;
    }
}
