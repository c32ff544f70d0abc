namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Matrix product of m rows with an N × K weight (specification 4.1).</summary>
internal sealed record GemmOperation(
    string Name, GemmQuantization Quantization, long N, long K, double Scale, bool LowPrecisionInput = false, TokenBasis Basis = TokenBasis.Tokens)
    : Operation(Name, Scale)
{
    public override double WeightBytes => N * (double)K * Quantization.BytesPerElement * Scale;
}
