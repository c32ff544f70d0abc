using System.Collections.Immutable;
using System.Globalization;

namespace PowerPlanner.Performance.Fixed;

/// <summary>
/// Exactly the operating points of a list, for engines that were measured point by point, also under several power caps. Nothing lies
/// between the points. A planner takes its candidates from <see cref="PrefillPoints"/> and <see cref="DecodePoints"/>; the estimates of
/// <see cref="IPerformanceModel"/> answer for the points without a cap of their own. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// The points hold for the workload that they were measured with: input length, prefix and context of a query are not looked at. Two
/// points may share batch and cap (two settings of the engine); the faster one answers a query, then the one that draws less, then the
/// earlier one.
/// </remarks>
public sealed class TablePerformanceModel : IListedPerformanceModel
{
    private readonly StepEstimate _prefill;
    private readonly ImmutableArray<TableDecodePoint> _answers;

    /// <summary>Creates the model.</summary>
    /// <param name="prefillPoints">Prefill points; at least one.</param>
    /// <param name="decodePoints">Decode points, in any order; at least one.</param>
    /// <param name="maxKvTokens">KV-cache tokens of one attention rank; at least 0.</param>
    /// <param name="nameplateWatts">Nameplate power (TDP) of one GPU, W; null = unknown.</param>
    /// <exception cref="ArgumentException">A list is empty or holds a null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    public TablePerformanceModel(IEnumerable<TablePrefillPoint> prefillPoints, IEnumerable<TableDecodePoint> decodePoints, long maxKvTokens, double? nameplateWatts = null)
    {
        ArgumentNullException.ThrowIfNull(prefillPoints);
        ArgumentNullException.ThrowIfNull(decodePoints);
        ArgumentOutOfRangeException.ThrowIfNegative(maxKvTokens);
        if (nameplateWatts is { } nameplate)
        {
            Guard.FinitePositive(nameplate, nameof(nameplateWatts));
        }

        PrefillPoints = NonEmpty(prefillPoints, nameof(prefillPoints));
        DecodePoints = NonEmpty(decodePoints, nameof(decodePoints));
        KvCapacityTokens = maxKvTokens;
        NameplateWatts = nameplateWatts;

        _prefill = PrefillPoints
            .Where(point => point.CapWatts is null)
            .Select(point => point.Estimate)
            .OrderBy(estimate => estimate.LatencyMs)
            .ThenBy(DrawWatts)
            .FirstOrDefault(StepEstimate.NoData);
        _answers = [.. DecodePoints
            .Where(point => point.CapWatts is null)
            .OrderBy(point => point.Batch)
            .ThenBy(point => point.Estimate.LatencyMs)
            .ThenBy(point => DrawWatts(point.Estimate))
            .DistinctBy(point => point.Batch)];
    }

    /// <summary>The prefill points in the order given.</summary>
    public ImmutableArray<TablePrefillPoint> PrefillPoints { get; }

    /// <summary>The decode points in the order given.</summary>
    public ImmutableArray<TableDecodePoint> DecodePoints { get; }

    /// <inheritdoc/>
    public double? NameplateWatts { get; }

    /// <inheritdoc/>
    public long KvCapacityTokens { get; }

    /// <inheritdoc/>
    /// <remarks>The fastest prefill point without a cap of its own.</remarks>
    public StepEstimate EstimatePrefill(PrefillQuery query)
    {
        QueryGuard.Check(query);
        return _prefill.HasData
            ? _prefill
            : throw new NoPerformanceDataException("Each prefill point of the table has a cap of its own; an estimate without a cap needs a point without one.");
    }

    /// <inheritdoc/>
    /// <remarks>The point of exactly this batch without a cap of its own.</remarks>
    public StepEstimate EstimateDecode(DecodeQuery query)
    {
        QueryGuard.Check(query);
        var estimate = FindDecode(query.Batch);
        return estimate.HasData ? estimate : throw NoDecodePoint(query.Batch);
    }

    /// <inheritdoc/>
    public void EstimateDecodeSweep(long contextTokens, Span<StepEstimate> estimates)
    {
        QueryGuard.Check(new DecodeQuery(1, contextTokens));
        estimates.Fill(StepEstimate.NoData);
        foreach (var point in _answers)
        {
            if (point.Batch > estimates.Length)
            {
                break;
            }

            estimates[point.Batch - 1] = point.Estimate;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"table: {PrefillPoints.Length} prefill and {DecodePoints.Length} decode points, {KvCapacityTokens} KV tokens");

    // An unknown draw comes last: it will be charged at the nameplate power.
    private static double DrawWatts(StepEstimate estimate) => estimate.ActivePowerWatts ?? double.PositiveInfinity;

    private static ImmutableArray<T> NonEmpty<T>(IEnumerable<T> points, string parameter)
        where T : class
    {
        ImmutableArray<T> owned = [.. points];
        if (owned.IsEmpty)
        {
            throw new ArgumentException("The list is empty; a table needs at least one prefill and one decode point.", parameter);
        }

        var hole = owned.IndexOf(null!);
        return hole < 0
            ? owned
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Point {hole} is null; each point must be given."), parameter);
    }

    private StepEstimate FindDecode(int batch)
    {
        var low = 0;
        var high = _answers.Length - 1;
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            var point = _answers[middle];
            if (point.Batch == batch)
            {
                return point.Estimate;
            }

            if (point.Batch < batch)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return StepEstimate.NoData;
    }

    private NoPerformanceDataException NoDecodePoint(int batch)
    {
        var batches = string.Join(", ", _answers.Take(20).Select(point => point.Batch.ToString(CultureInfo.InvariantCulture)));
        var rest = _answers.Length > 20 ? ", …" : string.Empty;
        return new NoPerformanceDataException(string.Create(
            CultureInfo.InvariantCulture,
            $"The table has no decode point without a cap of its own at batch {batch}; it has {(batches.Length == 0 ? "none" : batches + rest)}."));
    }
}
