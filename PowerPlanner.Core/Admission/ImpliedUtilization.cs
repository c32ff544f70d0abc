namespace PowerPlanner.Admission;

/// <summary>
/// How much of what frontends measure a plan uses on average: the utilizations from which busy thresholds follow. Pure functions of an operating
/// point; ratios from 0 to 1.
/// </summary>
/// <param name="ThetaDecode">Share of a decode rank's KV cache that the planned batch fills on average.</param>
/// <param name="ThetaPrefillFraction">Share of the prefill replicas' time that the plan's throughput takes.</param>
public readonly record struct ImpliedUtilization(double ThetaDecode, double ThetaPrefillFraction)
{
    /// <summary>
    /// <c>min(1, batch · (ISL + OSL/2) / KV tokens)</c>: a sequence holds its input and, on average over its life, half of its output.
    /// </summary>
    /// <param name="batch">Sequences per attention rank, as planned; at least 1.</param>
    /// <param name="isl">Mean input length, tokens; at least 1.</param>
    /// <param name="osl">Mean output length, tokens; at least 1.</param>
    /// <param name="kvTokensPerRank">KV tokens of one attention rank; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range.</exception>
    public static double Decode(int batch, int isl, int osl, long kvTokensPerRank)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(isl, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(osl, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(kvTokensPerRank, 1);
        return Math.Min(1, batch * (isl + (osl / 2.0)) / kvTokensPerRank);
    }

    /// <summary>
    /// <c>min(1, T · TTFT / (1000 · servers))</c>: what arrives over what the prefill side could do at the model's own latency, with no
    /// utilization factor.
    /// </summary>
    /// <param name="requestsPerSecond">Throughput of the plan, requests/s; at least 0.</param>
    /// <param name="ttftMs">Latency of one prefill step by the model, uncorrected, ms; greater than 0.</param>
    /// <param name="servers">
    /// Prefill steps that run at once: replicas · attention data parallel · pipeline stages; in aggregated mode those of the engines. At least 1.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    public static double PrefillFraction(double requestsPerSecond, double ttftMs, long servers)
    {
        Guard.FiniteNonNegative(requestsPerSecond);
        Guard.FinitePositive(ttftMs);
        ArgumentOutOfRangeException.ThrowIfLessThan(servers, 1);
        return Math.Min(1, requestsPerSecond * ttftMs / (1000.0 * servers));
    }
}
