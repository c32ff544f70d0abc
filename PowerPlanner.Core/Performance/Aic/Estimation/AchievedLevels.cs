using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>
/// Which share of the speed of light number formats reach as a rule (specification, chapter 11): only their ratios count, where one format's measurements stand in
/// for another's.
/// </summary>
internal static class AchievedLevels
{
    public static double Gemm(GemmQuantization quantization) => (quantization.BytesPerElement, quantization.RelativeCompute) switch
    {
        (2, 1) => 0.70,
        (1, 1) => 0.55,
        (0.5625, 1) => 0.45,
        (0.5, 1) => 0.45,
        (1, 2) => 0.45,
        (0.5, 2) => 0.35,
        (1, 4) => 0.30,
        (0.5, 4) => 0.30,
        (0.5625, 4) => 0.30,
        _ => 0.45,
    };

    public static double Moe(MoeQuantization quantization) => (quantization.BytesPerElement, quantization.RelativeCompute) switch
    {
        (2, 1) => 0.53,
        (1, 1) => 0.45,
        (0.5625, 1) => 0.07,
        (0.5, 1) => 0.07,
        (1, 2) => 0.40,
        (0.5, 2) => 0.15,
        (1, 4) => 0.30,
        (0.5, 4) => 0.23,
        (0.5625, 4) => 0.23,
        _ => 0.30,
    };
}
