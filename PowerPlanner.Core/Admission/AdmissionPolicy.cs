namespace PowerPlanner.Admission;

/// <summary>
/// From the utilizations that a plan implies to the thresholds that frontends are given. A worker counts as busy when its load <em>exceeds</em> a
/// threshold: a higher threshold sheds later. Immutable.
/// </summary>
/// <remarks>
/// At a margin of 1 and no allowance a threshold is the mean load, which random arrivals exceed about half of the time. The allowance
/// adds <c>z · sqrt(theta / concurrency)</c>, the spread of a Poisson number of sequences around it.
/// </remarks>
public sealed record AdmissionPolicy
{
    // As for watts: the last bits of a product must not cost a token.
    private const double RelativeTolerance = 1e-9;

    /// <summary>Creates a policy.</summary>
    /// <param name="safetyMargin">Factor on the thresholds, 0 to 1. Default 1.</param>
    /// <param name="varianceZ">Standard deviations of queueing that the thresholds allow above the mean, at least 0. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    public AdmissionPolicy(double safetyMargin = 1, double varianceZ = 0)
    {
        Guard.Within(safetyMargin, 0, 1);
        Guard.FiniteNonNegative(varianceZ);
        SafetyMargin = safetyMargin;
        VarianceZ = varianceZ;
    }

    /// <summary>Factor on the thresholds.</summary>
    public double SafetyMargin { get; }

    /// <summary>Standard deviations that the thresholds allow above the mean.</summary>
    public double VarianceZ { get; }

    /// <summary>The thresholds to set for a plan.</summary>
    /// <param name="implied">The plan's utilizations, each 0 to 1.</param>
    /// <param name="decodeConcurrency">Sequences per decode rank, as planned; at least 1.</param>
    /// <param name="prefillConcurrency">Prefill steps of one replica that run at once (attention data parallel · pipeline stages); at least 1.</param>
    /// <param name="maxBatchedTokens">
    /// The least <c>max_num_batched_tokens</c> of the workers that prefill (<see cref="SmallestReported"/>), in aggregated mode of the engines; null = unknown.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A value outside its range, NaN or infinite.</exception>
    public AdmissionThresholds Apply(in ImpliedUtilization implied, int decodeConcurrency, int prefillConcurrency, long? maxBatchedTokens)
    {
        Guard.Within(implied.ThetaDecode, 0, 1);
        Guard.Within(implied.ThetaPrefillFraction, 0, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(decodeConcurrency, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(prefillConcurrency, 1);
        if (maxBatchedTokens is { } tokens)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1, nameof(maxBatchedTokens));
        }

        var prefill = Threshold(implied.ThetaPrefillFraction, prefillConcurrency);
        return new AdmissionThresholds(
            Threshold(implied.ThetaDecode, decodeConcurrency),
            prefill,
            maxBatchedTokens is { } most ? (long)Math.Ceiling(prefill * most * (1 - RelativeTolerance)) : null);
    }

    /// <summary>
    /// The least of what workers report, since one threshold serves them all. A worker that reports nothing, or nothing positive, does not count; null when none does.
    /// </summary>
    /// <param name="maxBatchedTokens"><c>max_num_batched_tokens</c>, one a worker.</param>
    public static long? SmallestReported(ReadOnlySpan<long?> maxBatchedTokens)
    {
        long? least = null;
        foreach (var tokens in maxBatchedTokens)
        {
            if (tokens >= 1 && !(tokens >= least))
            {
                least = tokens;
            }
        }

        return least;
    }

    private double Threshold(double theta, int concurrency) => Math.Min(1, SafetyMargin * (theta + (VarianceZ * Math.Sqrt(theta / concurrency))));
}
