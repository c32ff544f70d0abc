namespace PowerPlanner.Performance.Aic.Estimation;

/// <summary>
/// Utilization of prefill attention by its head size, relative to heads of 128 (specification, chapter 11): straight over the logarithm between
/// the sizes, flat beyond them.
/// </summary>
internal static class HeadSizeRatios
{
    private static readonly int[] Sizes = [64, 128, 192, 256, 512];

    public static double Of(AicBackend backend, int headSize)
    {
        double[] ratios = backend switch
        {
            AicBackend.TensorRtLlm => [0.58, 1, 1.10, 1.17, 1.20],
            AicBackend.Sglang => [0.60, 1, 1.18, 1.32, 1.38],
            _ => [0.60, 1, 1.27, 1.51, 1.60],
        };
        if (headSize <= Sizes[0])
        {
            return ratios[0];
        }

        for (var i = 1; i < Sizes.Length; i++)
        {
            if (headSize <= Sizes[i])
            {
                var share = Math.Log2((double)headSize / Sizes[i - 1]) / Math.Log2((double)Sizes[i] / Sizes[i - 1]);
                return ratios[i - 1] + ((ratios[i] - ratios[i - 1]) * share);
            }
        }

        return ratios[^1];
    }
}
