using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>From a checkpoint's declaration to the formats that an engine runs with (specification 5.3).</summary>
internal static class QuantizationInference
{
    /// <summary>Formats of the checkpoint itself, settings first, with vLLM's correction; before what needs tables or hardware.</summary>
    /// <exception cref="UnknownModelException">The checkpoint's algorithm is not known.</exception>
    public static QuantizationModes Infer(ModelDescription model, QuantizationSettings settings, AicBackend backend)
    {
        var declared = model.Quantization;
        var inferred = settings.Gemm is null || settings.Moe is null ? Weights(model, declared) : default;

        var fp8Attention = declared.Algorithm is "fp8" or "fp8_block" or "nvfp4" || declared.KvCache == KvCacheQuantization.Fp8;
        var kvCache = fp8Attention ? KvCacheQuantization.Fp8 : declared.KvCache ?? KvCacheQuantization.BFloat16;
        var attention = fp8Attention && backend != AicBackend.Vllm ? AttentionQuantization.Fp8 : AttentionQuantization.BFloat16;
        return new QuantizationModes(
            settings.Gemm ?? inferred.Gemm!, settings.Moe ?? inferred.Moe, settings.KvCache ?? kvCache, settings.Attention ?? attention, CommunicationQuantization.Half);
    }

    /// <summary>
    /// The corrections that need data: attention in fp8 exists only where the context attention table has it with the cache's format,
    /// and nvfp4 needs hardware of compute capability 10.
    /// </summary>
    /// <exception cref="NoPerformanceDataException">The settings ask for attention in fp8, and the table has none.</exception>
    public static async ValueTask<QuantizationModes> CorrectAsync(
        QuantizationModes modes, QuantizationSettings settings, AicDatabase database, ContextAttentionTable table, CancellationToken cancellationToken)
    {
        modes = CorrectForHardware(modes, database.System);
        if (database.Backend == AicBackend.Vllm || modes.Attention != AttentionQuantization.Fp8
            || await HasContextAttentionAsync(database, table, AttentionQuantization.Fp8, modes.KvCache, cancellationToken).ConfigureAwait(false))
        {
            return modes;
        }

        if (settings.Attention is not null)
        {
            throw new NoPerformanceDataException(
                $"System '{database.System.Name}', {database.Backend} {database.Version}: {table.Name} has no rows with attention in fp8 and a KV cache in {modes.KvCache.Name}.");
        }

        return await HasContextAttentionAsync(database, table, AttentionQuantization.BFloat16, modes.KvCache, cancellationToken).ConfigureAwait(false)
            ? modes with { Attention = AttentionQuantization.BFloat16 }
            : modes;
    }

    /// <summary>Below compute capability 10 a checkpoint in nvfp4 runs with weights in nvfp4 only.</summary>
    public static QuantizationModes CorrectForHardware(QuantizationModes modes, AicSystem system) =>
        system.SmVersion >= 100
            ? modes
            : modes with
            {
                Gemm = modes.Gemm == GemmQuantization.NvFp4 ? GemmQuantization.NvFp4WeightOnly : modes.Gemm,
                Moe = modes.Moe == MoeQuantization.NvFp4 ? MoeQuantization.NvFp4WeightOnly : modes.Moe,
            };

    private static (GemmQuantization? Gemm, MoeQuantization? Moe) Weights(ModelDescription model, QuantizationDeclaration declared)
    {
        switch (declared.Algorithm)
        {
            case "compressed-tensors":
                var group = declared.GroupAlgorithm ?? throw new UnknownModelException(
                    $"{model.Architecture}: none of the compressed-tensors weight groups has a known format; known are 4-bit and 8-bit int and float.");
                return (
                    declared.AttentionIgnored ? GemmQuantization.BFloat16 : Uniform(model, declared, group).Gemm,
                    declared.RoutedExpertsIgnored ? MoeQuantization.BFloat16 : Uniform(model, declared, group).Moe);
            case "mixed_precision":
                return (MixedGemm(declared), MixedMoe(declared));
            default:
                return Uniform(model, declared, declared.Algorithm);
        }
    }

    private static (GemmQuantization Gemm, MoeQuantization? Moe) Uniform(ModelDescription model, QuantizationDeclaration declared, string? algorithm) => algorithm switch
    {
        null => (GemmQuantization.BFloat16, MoeQuantization.BFloat16),
        "fp8" => (Fp8(declared), MoeQuantization.Fp8),
        "fp8_block" => (GemmQuantization.Fp8Block, MoeQuantization.Fp8Block),
        "nvfp4" => (GemmQuantization.NvFp4, MoeQuantization.NvFp4),
        "mxfp4" => (GemmQuantization.BFloat16, MoeQuantization.W4A16MxFp4),
        "int4_wo" when declared.Algorithm == "compressed-tensors" => (GemmQuantization.Int4WeightOnly, MoeQuantization.Int4WeightOnly),
        "int8_wo" when declared.Algorithm == "compressed-tensors" => (GemmQuantization.Int8WeightOnly, null),
        _ => throw new UnknownModelException(
            $"{model.Architecture}: quantization algorithm '{algorithm}' is not known; known are fp8 (with or without weight_block_size), nvfp4, mxfp4, compressed-tensors and mixed_precision."),
    };

    // Only a checkpoint that says so scales activations at run time.
    private static GemmQuantization Fp8(QuantizationDeclaration declared) =>
        declared.DynamicActivations == true ? GemmQuantization.Fp8 : GemmQuantization.Fp8Static;

    private static GemmQuantization MixedGemm(QuantizationDeclaration declared)
    {
        var layers = declared.LayerAlgorithms;
        return declared.BaseMethod == "fp8" ? (declared.BlockScales ? GemmQuantization.Fp8Block : Fp8(declared))
            : layers.Contains("mxfp8") ? GemmQuantization.Fp8Block
            : layers.Contains("fp8") ? Fp8(declared)
            : layers.Contains("w4a16_nvfp4") ? GemmQuantization.W4A16NvFp4
            : layers.Contains("nvfp4") ? GemmQuantization.NvFp4
            : GemmQuantization.BFloat16;
    }

    private static MoeQuantization MixedMoe(QuantizationDeclaration declared)
    {
        var experts = declared.ExpertAlgorithms;
        return experts.Contains("w4a16_nvfp4") ? MoeQuantization.W4A16NvFp4
            : experts.Contains("nvfp4") ? MoeQuantization.NvFp4
            : experts.Contains("mxfp8") ? MoeQuantization.Fp8Block
            : experts.Contains("fp8") ? MoeQuantization.Fp8
            : MoeQuantization.BFloat16;
    }

    private static async ValueTask<bool> HasContextAttentionAsync(
        AicDatabase database, ContextAttentionTable table, AttentionQuantization attention, KvCacheQuantization kvCache, CancellationToken cancellationToken)
    {
        var query = new TableQuery(
            table.Name, [], [], [new ColumnFilter(table.FormatColumn, [attention.Name]), new ColumnFilter("kv_cache_dtype", [kvCache.Name])]);
        var rows = await database.LoadAsync(query, cancellationToken).ConfigureAwait(false);
        return rows.Count > 0;
    }
}
