namespace PowerPlanner.Performance.Roofline;

/// <summary>
/// The dimensions of a dense decoder with grouped-query attention and a gated feed-forward network (Llama, Qwen, Mistral): all that a
/// roofline needs. Built-in shapes: <see cref="TransformerShapes"/>. Arithmetic is bfloat16; weights and KV cache may be stored in fewer bytes.
/// </summary>
public sealed record TransformerShape
{
    /// <summary>Model id, used in messages only.</summary>
    public required string Name
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value, nameof(Name));
            field = value;
        }
    }

    /// <summary>Decoder layers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public required int Layers
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Layers));
            field = value;
        }
    }

    /// <summary>Width of the residual stream.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public required int HiddenSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(HiddenSize));
            field = value;
        }
    }

    /// <summary>Attention (query) heads.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public required int QueryHeads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(QueryHeads));
            field = value;
        }
    }

    /// <summary>Key and value heads; a GPU holds at least one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public required int KeyValueHeads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(KeyValueHeads));
            field = value;
        }
    }

    /// <summary>Size of a head.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public required int HeadSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(HeadSize));
            field = value;
        }
    }

    /// <summary>Width of the gated feed-forward network.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public required int FeedForwardSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(FeedForwardSize));
            field = value;
        }
    }

    /// <summary>Tokens of the vocabulary.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public required int VocabularySize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(VocabularySize));
            field = value;
        }
    }

    /// <summary>Whether input embedding and output projection share their weights. Default false.</summary>
    public bool HasTiedEmbeddings { get; init; }

    /// <summary>Bytes of a weight. Default 2 (bfloat16); 1 or 0.5 for weight-only quantization.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not finite or not greater than 0.</exception>
    public double BytesPerWeight
    {
        get;
        init
        {
            Guard.FinitePositive(value, nameof(BytesPerWeight));
            field = value;
        }
    } = 2;

    /// <summary>Bytes of an element of the KV cache. Default 2 (bfloat16); 1 for FP8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not finite or not greater than 0.</exception>
    public double BytesPerKvElement
    {
        get;
        init
        {
            Guard.FinitePositive(value, nameof(BytesPerKvElement));
            field = value;
        }
    } = 2;
}
