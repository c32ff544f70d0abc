using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>Formats that the user states; each wins over what the checkpoint declares. Null = inferred.</summary>
internal sealed record QuantizationSettings(GemmQuantization? Gemm, MoeQuantization? Moe, KvCacheQuantization? KvCache, AttentionQuantization? Attention)
{
    public static readonly QuantizationSettings Inferred = new(null, null, null, null);

    private static readonly GemmQuantization[] GemmFormats =
    [
        GemmQuantization.BFloat16, GemmQuantization.Int8WeightOnly, GemmQuantization.Int4WeightOnly, GemmQuantization.Fp8, GemmQuantization.Fp8Static,
        GemmQuantization.Fp8Block, GemmQuantization.Fp8Ootb, GemmQuantization.SmoothQuant, GemmQuantization.NvFp4, GemmQuantization.NvFp4WeightOnly,
        GemmQuantization.W4A16NvFp4,
    ];

    private static readonly MoeQuantization[] MoeFormats =
    [
        MoeQuantization.BFloat16, MoeQuantization.Fp8, MoeQuantization.Int4WeightOnly, MoeQuantization.Fp8Block, MoeQuantization.W4AFp8,
        MoeQuantization.NvFp4, MoeQuantization.NvFp4WeightOnly, MoeQuantization.W4A16NvFp4, MoeQuantization.W4A16MxFp4,
        MoeQuantization.W4A16MxFp4Cutlass, MoeQuantization.W4A8MxFp4MxFp8, MoeQuantization.W4A8MxFp4MxFp8TensorRtLlm,
    ];

    private static readonly KvCacheQuantization[] KvCacheFormats = [KvCacheQuantization.BFloat16, KvCacheQuantization.Fp8, KvCacheQuantization.Int8];

    private static readonly AttentionQuantization[] AttentionFormats =
        [AttentionQuantization.BFloat16, AttentionQuantization.Float16, AttentionQuantization.Fp8, AttentionQuantization.Fp8Block];

    /// <summary>Formats by AIC's names; null or blank leaves one to inference.</summary>
    /// <exception cref="UnknownModelException">A name is not known.</exception>
    public static QuantizationSettings Parse(string? gemm, string? moe, string? kvCache, string? attention) => new(
        Find("GEMM", gemm, GemmFormats, format => format.Name),
        Find("expert", moe, MoeFormats, format => format.Name),
        Find("KV cache", kvCache, KvCacheFormats, format => format.Name),
        Find("attention", attention, AttentionFormats, format => format.Name));

    private static T? Find<T>(string what, string? name, T[] formats, Func<T, string> nameOf)
        where T : class
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return null;
        }

        return Array.Find(formats, format => string.Equals(nameOf(format), name, StringComparison.OrdinalIgnoreCase))
            ?? throw new UnknownModelException($"No {what} format is named '{name}'; known are {string.Join(", ", formats.Select(nameOf))}.");
    }
}
