using System.Globalization;
using PowerPlanner.Performance.PowerScaling;
using PowerPlanner.Performance.Roofline;

namespace PowerPlanner.Performance.Profiled;

/// <summary>
/// An engine's own measured grid, interpolated: prefill latency over input length, decode latency over batch and context, with the draw where it was
/// measured too. Immutable, thread-safe; an estimate allocates nothing.
/// </summary>
/// <remarks>
/// <para><b>Between points</b> no value lies beyond those around it, so no ripple of a fit can pretend a fast point. Prefill: piecewise cubic Hermite (PCHIP),
/// monotone wherever the points are. Decode: lines over batch at each measured context, lines between the contexts, which on a complete grid is bilinear
/// and monotone along both axes wherever the points are; a cubic would keep that along one axis only.</para>
/// <para><b>Outside them</b> an answer is <see cref="Provenance.Extrapolated"/> and never faster than the nearest point. Below: held at the edge, which is too slow
/// rather than too fast. Above: latency grows with the square of the input length, in proportion to batch and to context, which is the fastest that
/// a fixed cost plus the work can grow; a larger batch than measured thus gains no throughput. The draw is held. A prefill of several sequences is charged one after
/// the other, a cached prefix as if it were not cached.</para>
/// <para><b>Incomplete grids</b>: each context has its own batches. Where one of the two contexts around a query lacks its batch, its row is held or grows as above,
/// and beyond its largest batch it is not faster than the shorter context; the answer counts as extrapolated.</para>
/// <para><b>Draw</b> is interpolated in lines and unknown where one of the points around is unknown.</para>
/// </remarks>
public sealed class ProfiledPerformanceModel : ICapAwarePerformanceModel
{
    private readonly PrefillCurve _prefill;
    private readonly DecodeSurface _decode;
    private readonly string _description;

    /// <summary>Creates the model from points in memory.</summary>
    /// <param name="prefillPoints">Prefill points, in any order; at least one, each input length once.</param>
    /// <param name="decodePoints">Decode points, in any order; at least one, each pair of batch and context once.</param>
    /// <param name="maxKvTokens">KV-cache tokens of one attention rank; at least 0.</param>
    /// <param name="nameplateWatts">Nameplate power (TDP) of one GPU, W; null = unknown.</param>
    /// <exception cref="ArgumentException">A list is empty, holds a null or a duplicate.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    public ProfiledPerformanceModel(IEnumerable<ProfiledPrefillPoint> prefillPoints, IEnumerable<ProfiledDecodePoint> decodePoints, long maxKvTokens, double? nameplateWatts = null)
    {
        ArgumentNullException.ThrowIfNull(prefillPoints);
        ArgumentNullException.ThrowIfNull(decodePoints);
        ArgumentOutOfRangeException.ThrowIfNegative(maxKvTokens);
        if (nameplateWatts is { } nameplate)
        {
            Guard.FinitePositive(nameplate, nameof(nameplateWatts));
        }

        ProfiledPrefillPoint[] prefill = [.. prefillPoints];
        ProfiledDecodePoint[] decode = [.. decodePoints];
        RefuseEmptyOrNull(prefill, nameof(prefillPoints));
        RefuseEmptyOrNull(decode, nameof(decodePoints));
        if (FirstDuplicate(prefill, point => point.Isl) is { } twice)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Input length {twice.Isl} occurs twice; each must occur once."), nameof(prefillPoints));
        }

        if (FirstDuplicate(decode, point => (point.Batch, point.ContextTokens)) is { } again)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Batch {again.Batch} at context {again.ContextTokens} occurs twice; each pair must occur once."), nameof(decodePoints));
        }

        _prefill = new PrefillCurve([.. prefill.OrderBy(point => point.Isl)]);
        _decode = new DecodeSurface(decode);
        _description = string.Create(CultureInfo.InvariantCulture, $"profiled: {prefill.Length} prefill and {decode.Length} decode points, {maxKvTokens} KV tokens");
        KvCapacityTokens = maxKvTokens;
        NameplateWatts = nameplateWatts;
    }

    /// <inheritdoc/>
    public double? NameplateWatts { get; }

    /// <inheritdoc/>
    public long KvCapacityTokens { get; }

    /// <summary>
    /// Data sheet of the GPU, from which the balance of steps under a power cap follows; null = unknown, then every step counts as pure compute, the slowest under a
    /// cap. Measured curves (<see cref="PowerScalingOptions"/>) are better than either.
    /// </summary>
    public GpuDataSheet? Gpu { get; init; }

    /// <summary>
    /// Reads the model from two CSV files with a header each: <c>isl,ttftMs,powerW</c> and <c>batch,context,itlMs,powerW</c>, in any order of columns
    /// and rows; further columns are ignored. Numbers have a decimal point and no thousands separators; an empty <c>powerW</c> (or 0) is unknown.
    /// A file has at most 100,000 rows of 16,384 characters each.
    /// </summary>
    /// <param name="prefillCsvPath">File of prefill points.</param>
    /// <param name="decodeCsvPath">File of decode points.</param>
    /// <param name="maxKvTokens">KV-cache tokens of one attention rank; at least 0.</param>
    /// <param name="nameplateWatts">Nameplate power (TDP) of one GPU, W; null = unknown.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="PerformanceFileException">A file cannot be read, or holds something that is not allowed: file, row, column and value are told.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range.</exception>
    /// <exception cref="OperationCanceledException">The reading was stopped.</exception>
    public static async Task<ProfiledPerformanceModel> LoadAsync(
        string prefillCsvPath,
        string decodeCsvPath,
        long maxKvTokens,
        double? nameplateWatts = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefillCsvPath);
        ArgumentException.ThrowIfNullOrEmpty(decodeCsvPath);
        ArgumentOutOfRangeException.ThrowIfNegative(maxKvTokens);
        var prefill = await ProfileCsv.ReadFileAsync(prefillCsvPath, ProfileCsv.ReadPrefillAsync, cancellationToken).ConfigureAwait(false);
        var decode = await ProfileCsv.ReadFileAsync(decodeCsvPath, ProfileCsv.ReadDecodeAsync, cancellationToken).ConfigureAwait(false);
        return new ProfiledPerformanceModel(prefill, decode, maxKvTokens, nameplateWatts);
    }

    /// <inheritdoc/>
    public StepEstimate EstimatePrefill(PrefillQuery query)
    {
        QueryGuard.Check(query);
        var single = _prefill.At(query.Isl);
        if (query.Batch > 1)
        {
            single = single.Stretched(query.Batch);
        }
        else if (query.Prefix > 0)
        {
            single = single.Held();
        }

        return single.ToEstimate();
    }

    /// <inheritdoc/>
    public StepEstimate EstimateDecode(DecodeQuery query)
    {
        QueryGuard.Check(query);
        return _decode.At(query.Batch, query.ContextTokens).ToEstimate();
    }

    /// <inheritdoc/>
    public void EstimateDecodeSweep(long contextTokens, Span<StepEstimate> estimates)
    {
        QueryGuard.Check(new DecodeQuery(1, contextTokens));
        _decode.Sweep(contextTokens, estimates);
    }

    /// <inheritdoc/>
    /// <remarks>Products of 16-bit weights with all new tokens; attention, which a profile does not show, counts like them.</remarks>
    public StepBalance BalancePrefill(PrefillQuery query)
    {
        QueryGuard.Check(query);
        return BalanceOf((double)query.Batch * (query.Isl - query.Prefix));
    }

    /// <inheritdoc/>
    /// <remarks>Products of 16-bit weights with one row a sequence; attention, which moves more bytes a FLOP, counts like them: too slow rather than too fast.</remarks>
    public StepBalance BalanceDecode(DecodeQuery query)
    {
        QueryGuard.Check(query);
        return BalanceOf(query.Batch);
    }

    /// <inheritdoc/>
    public override string ToString() => _description;

    /// <summary>Each row of a product takes two FLOPs a weight of two bytes.</summary>
    private StepBalance BalanceOf(double rows) => Gpu is null ? default : StepBalance.Uniform(rows * Gpu.MemoryBytesPerSecond / Gpu.Bfloat16FlopsPerSecond);

    private static void RefuseEmptyOrNull<T>(T[] points, string parameter)
        where T : class
    {
        if (points.Length == 0)
        {
            throw new ArgumentException("The list is empty; a profile needs at least one prefill and one decode point.", parameter);
        }

        var hole = Array.IndexOf(points, null);
        if (hole >= 0)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Point {hole} is null; each point must be given."), parameter);
        }
    }

    private static T? FirstDuplicate<T, TKey>(T[] points, Func<T, TKey> key)
        where T : class
    {
        var seen = new HashSet<TKey>();
        return Array.Find(points, point => !seen.Add(key(point)));
    }
}
