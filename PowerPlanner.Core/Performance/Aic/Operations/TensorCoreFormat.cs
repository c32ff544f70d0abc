namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>A tensor-core number format whose rate the system description states.</summary>
internal enum TensorCoreFormat
{
    BFloat16,
    Int8,
    Fp8,
    Fp4,
}
