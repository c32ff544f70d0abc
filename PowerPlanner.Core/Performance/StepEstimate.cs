namespace PowerPlanner.Performance;

/// <summary>Latency and power of one engine step.</summary>
/// <param name="LatencyMs">Duration of the step, ms; finite and greater than 0, or NaN in <see cref="NoData"/>.</param>
/// <param name="ActivePowerWatts">
/// Mean draw of one GPU, W, over the part of the step that has power data (its energy over its latency); null where no part has any.
/// </param>
/// <param name="PowerCoverage">Share of the latency that has power data, 0 to 1.</param>
/// <param name="Provenance">Where the latency comes from.</param>
public readonly record struct StepEstimate(double LatencyMs, double? ActivePowerWatts, double PowerCoverage, Provenance Provenance)
{
    /// <summary>The answer for a point without data: NaN latency, no power.</summary>
    public static StepEstimate NoData { get; } = new(double.NaN, null, 0, Provenance.Modelled);

    /// <summary>Whether this is an answer (true) or <see cref="NoData"/> (false).</summary>
    public bool HasData => !double.IsNaN(LatencyMs);

    /// <summary>
    /// Mean power as AIC defines it, W: energy over the whole latency, parts without power data counting as zero
    /// (<c>PowerCoverage · ActivePowerWatts</c>). It understates the draw wherever the coverage is below 1.
    /// </summary>
    public double PowerWatts => PowerCoverage * (ActivePowerWatts ?? 0);

    /// <summary>Energy of one GPU in the step, mJ (W · ms); parts without power data count as zero.</summary>
    public double EnergyMillijoules => PowerWatts * LatencyMs;

    /// <summary>
    /// Energy that an engine spends on one sequence of the step, J; null where no part of the step has power data. Of a prefill step that is the first token of a request, of a decode
    /// step one token more. The draw of the parts that have power data stands for the whole step; what GPUs bring besides their boards is not in it.
    /// </summary>
    /// <remarks>
    /// <c>ActivePowerWatts · LatencyMs / 1000 · GPUs / (batch · attention dp · pp)</c>: every attention rank has a batch of its own, and each pipeline stage works on
    /// another step meanwhile. A whole request takes <c>prefill + (OSL − 1) · decode</c>.
    /// </remarks>
    /// <param name="layout">The engine's layout.</param>
    /// <param name="batch">Sequences per attention rank in the step; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch is below 1.</exception>
    public double? JoulesPerSequence(EngineLayout layout, int batch)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        return HasData ? ActivePowerWatts * LatencyMs / 1000 * layout.Gpus / ((double)batch * layout.AttentionDataParallel * layout.PipelineParallel) : null;
    }
}
