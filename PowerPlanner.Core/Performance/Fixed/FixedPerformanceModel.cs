using System.Globalization;

namespace PowerPlanner.Performance.Fixed;

/// <summary>
/// Two latencies and two powers that hold at every operating point: for engines whose numbers are known and do not move, for tests, and
/// for a first plan on paper. Immutable, thread-safe, allocation-free.
/// </summary>
/// <remarks>Its answers are labelled <see cref="Provenance.Modelled"/>: one number for all points is an assumption, not a measurement.</remarks>
public sealed class FixedPerformanceModel : IPerformanceModel
{
    private readonly StepEstimate _prefill;
    private readonly StepEstimate _decode;

    /// <summary>Creates the model.</summary>
    /// <param name="ttftMs">Latency of every prefill step, ms; finite and greater than 0.</param>
    /// <param name="itlMs">Latency of every decode step, ms; finite and greater than 0.</param>
    /// <param name="maxKvTokens">KV-cache tokens of one attention rank; at least 0.</param>
    /// <param name="prefillPowerWatts">Draw of one GPU in prefill, W; null or 0 = unknown.</param>
    /// <param name="decodePowerWatts">Draw of one GPU in decode, W; null or 0 = unknown.</param>
    /// <param name="nameplateWatts">Nameplate power (TDP) of one GPU, W; null = unknown.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    public FixedPerformanceModel(double ttftMs, double itlMs, long maxKvTokens, double? prefillPowerWatts = null, double? decodePowerWatts = null, double? nameplateWatts = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxKvTokens);
        if (nameplateWatts is { } nameplate)
        {
            Guard.FinitePositive(nameplate, nameof(nameplateWatts));
        }

        _prefill = GivenPoint.Estimate(ttftMs, prefillPowerWatts, Provenance.Modelled, nameof(ttftMs), nameof(prefillPowerWatts));
        _decode = GivenPoint.Estimate(itlMs, decodePowerWatts, Provenance.Modelled, nameof(itlMs), nameof(decodePowerWatts));
        KvCapacityTokens = maxKvTokens;
        NameplateWatts = nameplateWatts;
    }

    /// <inheritdoc/>
    public double? NameplateWatts { get; }

    /// <inheritdoc/>
    public long KvCapacityTokens { get; }

    /// <inheritdoc/>
    public StepEstimate EstimatePrefill(PrefillQuery query)
    {
        QueryGuard.Check(query);
        return _prefill;
    }

    /// <inheritdoc/>
    public StepEstimate EstimateDecode(DecodeQuery query)
    {
        QueryGuard.Check(query);
        return _decode;
    }

    /// <inheritdoc/>
    public void EstimateDecodeSweep(long contextTokens, Span<StepEstimate> estimates)
    {
        QueryGuard.Check(new DecodeQuery(1, contextTokens));
        estimates.Fill(_decode);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"fixed: TTFT {_prefill.LatencyMs} ms, ITL {_decode.LatencyMs} ms, {KvCapacityTokens} KV tokens");
}
