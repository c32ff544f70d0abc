using System.Globalization;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>Reads a model's dimensions from its Hugging Face configuration (specification 5.1).</summary>
internal static class ModelDescriptionReader
{
    private const long LargestSize = LanguageFields.LargestSize;
    private const long LargestCount = LanguageFields.LargestCount;
    private const long MostLayers = 1L << 14;
    private const long LargestHead = 1L << 16;

    /// <param name="root">The configuration.</param>
    /// <param name="quantization">The object <c>quantization</c> of <c>hf_quant_config.json</c>, if there is such a file.</param>
    /// <param name="family">The family to read the model as; null = by architecture.</param>
    /// <exception cref="PerformanceFileException">A field is missing or its value is not allowed.</exception>
    /// <exception cref="UnknownModelException">The architecture is not known.</exception>
    public static ModelDescription Read(JsonFields root, JsonFields? quantization, ModelFamily? family)
    {
        var architectures = root.Texts("architectures");
        if (architectures.Count == 0 || string.IsNullOrWhiteSpace(architectures[0]))
        {
            throw root.Error("architectures", "is missing or empty; a list that begins with the model's architecture is expected");
        }

        var architecture = architectures[0].Trim();
        family ??= ModelFamilies.OfArchitecture(architecture)
            ?? throw new UnknownModelException($"Architecture '{Excerpt.Of(architecture)}' is not known; {ModelFamilies.KnownArchitectures}.");

        var language = new LanguageFields(root.Object("text_config"), root);
        var heads = language.Required("num_attention_heads", LargestCount);
        var kvHeads = language.Optional(1, LargestCount, "num_key_value_heads") ?? 0;
        if (kvHeads > 0 && heads % kvHeads != 0)
        {
            throw root.Error("num_key_value_heads", string.Create(CultureInfo.InvariantCulture, $"is {kvHeads}; a divisor of the {heads} attention heads is expected"));
        }

        var hidden = language.Required("hidden_size", LargestSize);
        var headSize = language.Optional(1, LargestHead, "head_dim", "attention_head_dim") ?? family.DefaultHeadSize ?? HeadSize(root, hidden, heads);
        var intermediate = language.Optional(0, LargestSize, "intermediate_size") ?? 0;
        var experts = language.Optional(0, LargestCount, "num_local_experts", "n_routed_experts", "moe_num_experts", "num_experts") ?? 0;
        if (intermediate == 0 && experts == 0)
        {
            throw root.Error("intermediate_size", "is missing or 0; a dense model needs it");
        }

        var expertsPerToken = language.Optional(0, LargestCount, "num_experts_per_tok", "top_k_experts", "moe_top_k") ?? 0;
        var expertIntermediate = language.Optional(0, LargestSize, "moe_intermediate_size") ?? intermediate;
        if (family.HasExperts)
        {
            CheckExperts(root, experts, expertsPerToken, expertIntermediate);
        }

        return new ModelDescription
        {
            Architecture = architecture,
            Family = family,
            Layers = (int)language.Required("num_hidden_layers", MostLayers),
            Heads = (int)heads,
            KvHeads = (int)kvHeads,
            HeadSize = (int)headSize,
            HiddenSize = hidden,
            IntermediateSize = intermediate,
            VocabularySize = language.Required("vocab_size", LargestSize),
            MaximumPositions = language.Optional(1, long.MaxValue, "max_position_embeddings"),
            ExpertsPerToken = (int)expertsPerToken,
            Experts = (int)experts,
            ExpertIntermediateSize = expertIntermediate,
            QkNorm = family.QkNormArchitectures.Contains(architecture),
            Quantization = QuantizationDeclarationReader.Read(root.Object("quantization_config") ?? language.Text?.Object("quantization_config"), quantization),
            Details = family.ReadDetails(language),
        };
    }

    private static void CheckExperts(JsonFields root, long experts, long expertsPerToken, long intermediate)
    {
        if (experts == 0)
        {
            throw root.Error("num_experts", "is missing or 0; a model of routed experts needs it (or num_local_experts, n_routed_experts, moe_num_experts)");
        }

        if (expertsPerToken < 1 || expertsPerToken > experts)
        {
            throw root.Error("num_experts_per_tok", string.Create(CultureInfo.InvariantCulture, $"is {expertsPerToken}; an integer from 1 to the {experts} experts is expected"));
        }

        if (intermediate == 0)
        {
            throw root.Error("moe_intermediate_size", "is missing or 0, and so is intermediate_size; a model of routed experts needs one of them");
        }
    }

    private static long HeadSize(JsonFields root, long hidden, long heads) =>
        hidden % heads == 0 && hidden / heads <= LargestHead
            ? hidden / heads
            : throw root.Error("head_dim", string.Create(
                CultureInfo.InvariantCulture, $"is missing, and hidden_size {hidden} over {heads} attention heads is no whole number up to {LargestHead}"));
}
