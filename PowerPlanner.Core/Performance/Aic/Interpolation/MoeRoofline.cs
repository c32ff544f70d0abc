namespace PowerPlanner.Performance.Aic.Interpolation;

/// <summary>
/// Speed of light of routed experts (specification, chapter 3): a chain of integer divisions, each of which drops its remainder. It grows in steps,
/// so that it is evaluated as it stands wherever a curve is held beyond its end.
/// </summary>
/// <param name="HiddenSize">Width of the model.</param>
/// <param name="IntermediateSize">Width of an expert.</param>
/// <param name="ExpertsPerToken">Experts that a token visits.</param>
/// <param name="Experts">Experts of a layer.</param>
/// <param name="TensorParallel">Ranks that share an expert.</param>
/// <param name="ExpertParallel">Ranks that experts are spread over.</param>
/// <param name="Matrices">3 with a gate, 2 without.</param>
/// <param name="BytesPerElement">Of weights and activations alike.</param>
/// <param name="Flops">FLOP/s; NaN where the hardware has no rate.</param>
/// <param name="Bandwidth">B/s.</param>
internal sealed record MoeRoofline(
    long HiddenSize, long IntermediateSize, int ExpertsPerToken, int Experts, int TensorParallel, int ExpertParallel, int Matrices,
    double BytesPerElement, double Flops, double Bandwidth)
{
    // Up to here every intermediate value fits.
    private const double LargestLong = 4e18;
    private const double LargestInt128 = 1e37;

    /// <param name="tokens">A whole number, at least 1.</param>
    public double Ms(double tokens)
    {
        var operations = tokens * ExpertsPerToken * HiddenSize * IntermediateSize * Matrices * 2;
        return operations < LargestLong ? Exact((long)tokens)
            : operations < LargestInt128 ? Exact((Int128)tokens)
            : Approximate(tokens);
    }

    private double Exact(long tokens)
    {
        var visits = tokens * ExpertsPerToken;
        var operations = visits * HiddenSize * IntermediateSize * Matrices * 2 / ExpertParallel / TensorParallel;
        var local = visits / ExpertParallel;
        var elements = (local * HiddenSize * 2)
            + (local * IntermediateSize * Matrices / TensorParallel)
            + (HiddenSize * IntermediateSize * Matrices / TensorParallel * Math.Min(Experts / ExpertParallel, local));
        return Bound(operations, elements);
    }

    private double Exact(Int128 tokens)
    {
        var visits = tokens * ExpertsPerToken;
        var operations = visits * HiddenSize * IntermediateSize * Matrices * 2 / ExpertParallel / TensorParallel;
        var local = visits / ExpertParallel;
        var elements = (local * HiddenSize * 2)
            + (local * IntermediateSize * Matrices / TensorParallel)
            + (HiddenSize * IntermediateSize * Matrices / TensorParallel * Int128.Min(Experts / ExpertParallel, local));
        return Bound((double)operations, (double)elements);
    }

    // Remainders are far below the last digit here.
    private double Approximate(double tokens)
    {
        var local = tokens * ExpertsPerToken / ExpertParallel;
        var ranks = (double)TensorParallel;
        var elements = (local * HiddenSize * 2) + (local * IntermediateSize * Matrices / ranks)
            + ((double)HiddenSize * IntermediateSize * Matrices / ranks * (Experts / ExpertParallel));
        return Bound(local * HiddenSize * IntermediateSize * Matrices * 2 / ranks, elements);
    }

    private double Bound(double operations, double elements) => 1000 * Math.Max(operations / Flops, elements * BytesPerElement / Bandwidth);
}
