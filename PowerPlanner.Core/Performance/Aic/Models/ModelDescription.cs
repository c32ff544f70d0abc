namespace PowerPlanner.Performance.Aic.Models;

/// <summary>A model's dimensions, as its Hugging Face configuration states them (specification 5.1), and how its weights are stored.</summary>
internal sealed record ModelDescription
{
    /// <summary>First entry of <c>architectures</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>The operation lists that this model runs.</summary>
    public required ModelFamily Family { get; init; }

    public required int Layers { get; init; }

    /// <summary>Query heads of a layer.</summary>
    public required int Heads { get; init; }

    /// <summary>KV heads of a layer; 0 where the configuration states none (then there are no KV columns and no KV bytes, as in AIC).</summary>
    public required int KvHeads { get; init; }

    public required int HeadSize { get; init; }

    public required long HiddenSize { get; init; }

    /// <summary>Width of a dense feed-forward layer; 0 where there is none.</summary>
    public required long IntermediateSize { get; init; }

    public required long VocabularySize { get; init; }

    /// <summary>Longest sequence that the model was made for, tokens; null where the configuration does not state it.</summary>
    public required long? MaximumPositions { get; init; }

    /// <summary>Experts that a token visits; 0 in dense models.</summary>
    public required int ExpertsPerToken { get; init; }

    /// <summary>Routed experts of a layer; 0 in dense models.</summary>
    public required int Experts { get; init; }

    /// <summary>Width of one expert; the dense width where the configuration does not state it.</summary>
    public required long ExpertIntermediateSize { get; init; }

    /// <summary>Whether queries and keys are normalized before attention.</summary>
    public required bool QkNorm { get; init; }

    public required QuantizationDeclaration Quantization { get; init; }

    /// <summary>What the family alone reads; null where it reads nothing more.</summary>
    public FamilyDetails? Details { get; init; }
}
