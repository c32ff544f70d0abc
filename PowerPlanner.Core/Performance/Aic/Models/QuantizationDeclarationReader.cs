using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>Reads <c>quantization_config</c> and <c>hf_quant_config.json</c> (specification 5.3, steps 1 to 3).</summary>
internal static class QuantizationDeclarationReader
{
    private static readonly string[] AttentionMarks = ["self_attn", "q_proj", "k_proj", "v_proj", "o_proj"];
    private static readonly string[] IgnoreFields = ["ignore", "modules_to_not_convert", "exclude_modules"];

    /// <param name="embedded">The model configuration's <c>quantization_config</c>, if it has one.</param>
    /// <param name="separate">The object <c>quantization</c> of <c>hf_quant_config.json</c>, if there is such a file.</param>
    public static QuantizationDeclaration Read(JsonFields? embedded, JsonFields? separate)
    {
        // The separate file stands in for a missing embedded object.
        if ((embedded ?? separate) is not { } own)
        {
            return QuantizationDeclaration.None;
        }

        var blockRows = BlockRows(own);
        var algorithm = separate?.Text("quant_algo") ?? own.Text("quant_algo") ?? own.Text("quant_method") ?? own.Text("quantization_method");
        var layers = new HashSet<string>(StringComparer.Ordinal);
        var experts = new HashSet<string>(StringComparer.Ordinal);
        CollectTargets(own, layers, experts);
        var ignored = IgnoredModules(own);
        if (embedded is not null && separate is { } other)
        {
            CollectTargets(other, layers, experts);
            ignored.AddRange(IgnoredModules(other));
        }

        return new QuantizationDeclaration
        {
            Algorithm = Canonical(algorithm, blockRows is not null),
            KvCache = KvCache(own, separate),
            DynamicActivations = DynamicActivations(own),
            BlockScales = blockRows is not null,
            BlockRows = blockRows,
            BaseMethod = own.Text("quant_method")?.ToLowerInvariant(),
            GroupAlgorithm = GroupAlgorithm(own),
            AttentionIgnored = ignored.Exists(IsAttention),
            RoutedExpertsIgnored = ignored.Exists(IsRoutedExpertPattern),
            ExcludedProjections = ExcludedProjections.Of(ignored),
            SharedExpertsExcluded = ignored.Exists(pattern => pattern.Contains("shared_expert", StringComparison.OrdinalIgnoreCase)),
            LayerAlgorithms = layers,
            ExpertAlgorithms = experts,
        };
    }

    private static string? Canonical(string? algorithm, bool blockScales) => algorithm?.ToLowerInvariant() switch
    {
        null or "none" => null,
        "w4a16_mxfp4" => "mxfp4",
        "fp8" when blockScales => "fp8_block",
        "compressed_tensors" => "compressed-tensors",
        "mixed_precision" or "mixed-precision" or "mixed precision" or "mixedprecision" or "mixed" => "mixed_precision",
        var other => other,
    };

    private static long? BlockRows(JsonFields quantization)
    {
        if (quantization.Value("weight_block_size") is not { } value)
        {
            return null;
        }

        if (value.ValueKind != System.Text.Json.JsonValueKind.Array)
        {
            throw quantization.Error("weight_block_size", "is no array; an array of block sizes such as [128, 128] is expected");
        }

        foreach (var size in value.EnumerateArray())
        {
            return size.ValueKind == System.Text.Json.JsonValueKind.Number && size.TryGetInt64(out var rows) && rows is > 0 and <= int.MaxValue
                ? rows
                : throw quantization.Error("weight_block_size", $"begins with {size.GetRawText()}; a positive integer is expected");
        }

        return null;
    }

    private static KvCacheQuantization? KvCache(JsonFields own, JsonFields? separate)
    {
        var declared = separate?.Text("kv_cache_quant_algo") ?? own.Text("kv_cache_quant_algo") ?? own.Text("kv_cache_quant_method") ?? own.Text("kv_cache_dtype");
        return declared?.ToLowerInvariant() switch
        {
            "fp8" or "e4m3" or "e5m2" or "fp8_e4m3" or "fp8_e5m2" => KvCacheQuantization.Fp8,
            "fp16" or "float16" or "bf16" or "bfloat16" => KvCacheQuantization.BFloat16,
            _ => Scheme(own) ?? (separate is { } other ? Scheme(other) : null),
        };
    }

    private static KvCacheQuantization? Scheme(JsonFields quantization)
    {
        if (quantization.Value("kv_cache_scheme") is not { } value)
        {
            return null;
        }

        if (value.ValueKind == System.Text.Json.JsonValueKind.String)
        {
            return IsFp8(quantization.Text("kv_cache_scheme")) ? KvCacheQuantization.Fp8 : null;
        }

        var scheme = quantization.Object("kv_cache_scheme")!.Value;
        var type = scheme.Text("type");
        return IsFp8(type) ? KvCacheQuantization.Fp8
            : !string.Equals(type, "float", StringComparison.OrdinalIgnoreCase) ? null
            : scheme.Integer("num_bits", 1, 64) switch
            {
                <= 8 => KvCacheQuantization.Fp8,
                >= 16 => KvCacheQuantization.BFloat16,
                _ => null,
            };
    }

    private static bool IsFp8(string? text) => text is not null && text.Contains("fp8", StringComparison.OrdinalIgnoreCase);

    private static bool? DynamicActivations(JsonFields quantization)
    {
        switch (quantization.Text("activation_scheme")?.ToLowerInvariant())
        {
            case "dynamic":
                return true;
            case "static":
                return false;
        }

        foreach (var (_, group) in quantization.Members("config_groups"))
        {
            if (IsDynamic(group.Object("input_activations")) || IsDynamic(group.Object("weights")))
            {
                return true;
            }
        }

        return null;
    }

    // Some writers put "local" where others put true or false; only true counts.
    private static bool IsDynamic(JsonFields? tensor) =>
        tensor?.Value("dynamic") is { } value && value.ValueKind == System.Text.Json.JsonValueKind.True;

    private static string? GroupAlgorithm(JsonFields quantization)
    {
        foreach (var (_, group) in quantization.Members("config_groups"))
        {
            if (group.Object("weights") is { } weights && WeightAlgorithm(weights) is { } algorithm)
            {
                return algorithm;
            }
        }

        return null;
    }

    private static string? WeightAlgorithm(JsonFields weights) =>
        (weights.Text("type")?.ToLowerInvariant(), weights.Integer("num_bits", 1, 64)) switch
        {
            ("int", 4) => "int4_wo",
            ("int", 8) => "int8_wo",
            ("float", 8) => string.Equals(weights.Text("strategy"), "block", StringComparison.OrdinalIgnoreCase) || weights.Value("block_structure") is not null
                ? "fp8_block"
                : "fp8",
            ("float", 4) => "mxfp4",
            _ => null,
        };

    private static List<string> IgnoredModules(JsonFields quantization)
    {
        var modules = new List<string>();
        foreach (var field in IgnoreFields)
        {
            modules.AddRange(quantization.Texts(field));
        }

        return modules;
    }

    private static bool IsAttention(string pattern) =>
        Array.Exists(AttentionMarks, mark => pattern.Contains(mark, StringComparison.OrdinalIgnoreCase));

    private static bool IsRoutedExpertPattern(string pattern) =>
        pattern.Contains("expert", StringComparison.OrdinalIgnoreCase) && !pattern.Contains("shared_expert", StringComparison.OrdinalIgnoreCase);

    private static void CollectTargets(JsonFields quantization, HashSet<string> layers, HashSet<string> experts)
    {
        foreach (var (name, layer) in quantization.Members("quantized_layers"))
        {
            if (layer.Text("quant_algo") is { } algorithm)
            {
                (IsRoutedExpertTarget(name) ? experts : layers).Add(algorithm.ToLowerInvariant());
            }
        }

        foreach (var (_, group) in quantization.Members("config_groups"))
        {
            var algorithm = group.Text("quant_algo")?.ToLowerInvariant() ?? (group.Object("weights") is { } weights ? MixedAlgorithm(weights) : null);
            if (algorithm is null || group.Value("targets") is null)
            {
                continue;
            }

            foreach (var target in group.Texts("targets"))
            {
                (IsRoutedExpertTarget(target) ? experts : layers).Add(algorithm);
            }
        }
    }

    // A group of a mixed checkpoint that names no algorithm: ModelOpt's two float formats.
    private static string? MixedAlgorithm(JsonFields weights) =>
        (weights.Text("type")?.ToLowerInvariant(), weights.Integer("num_bits", 1, 64)) switch
        {
            ("float", 8) => "fp8",
            ("float", 4) => "nvfp4",
            _ => null,
        };

    private static bool IsRoutedExpertTarget(string target)
    {
        var name = target.ToLowerInvariant();
        return (name.Contains(".experts.", StringComparison.Ordinal) || name.EndsWith(".experts", StringComparison.Ordinal) || name.Contains("routing_expert", StringComparison.Ordinal))
            && !name.Contains("shared_expert", StringComparison.Ordinal);
    }
}
