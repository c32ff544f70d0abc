namespace PowerPlanner.Performance.Aic.Models;

/// <summary>
/// Models that run the same operation lists and keep their KV cache the same way (specification 5.1, 5.4). A family is a stateless
/// singleton, registered in <see cref="ModelFamilies"/>.
/// </summary>
internal abstract class ModelFamily
{
    /// <summary>AIC's name, e.g. <c>LLAMA</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Values of <c>architectures[0]</c> that select the family.</summary>
    public abstract IReadOnlyList<string> Architectures { get; }

    /// <summary>Those of them whose attention normalizes queries and keys.</summary>
    public virtual IReadOnlyList<string> QkNormArchitectures => [];

    /// <summary>Whether operation lists exist for it; a family without them is known by name only.</summary>
    public virtual bool IsSupported => true;

    /// <summary>Width of a head where the configuration does not state it: hidden size over heads.</summary>
    public virtual int? DefaultHeadSize => null;

    /// <summary>Whether layers have routed experts, so that a configuration has to state them.</summary>
    public virtual bool HasExperts => false;

    /// <summary>Whether the ranks of an engine may share the tokens of a prefill: what each operation then does is known.</summary>
    public virtual bool AllowsContextParallel => false;

    /// <summary>Where the formats of prefill attention are looked up.</summary>
    public virtual ContextAttentionTable AttentionTable => new("context_attention_perf", "attn_dtype");

    /// <summary>Reads what only this family's configurations have; null where there is nothing.</summary>
    /// <param name="fields">The language model's fields.</param>
    /// <exception cref="PerformanceFileException">A field is missing or its value is not allowed.</exception>
    public virtual FamilyDetails? ReadDetails(LanguageFields fields) => null;

    /// <summary>Refuses a layout that the family does not allow, beyond what holds for every model.</summary>
    /// <exception cref="InvalidLayoutException">The layout is not allowed.</exception>
    public abstract void CheckLayout(EngineSpecification engine);

    public abstract OperationLists BuildOperations(EngineSpecification engine);

    /// <summary>Activation bytes are 2 · tokens · (heads · head size) times this factor (specification 7), by backend and tensor-parallel size.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="tensorParallelClass">0, 1, 2, 3 for a size of 1, 2, 4, 8 and more.</param>
    public abstract double ActivationFactor(AicBackend backend, int tensorParallelClass);

    /// <summary>Activation bytes of a token beside <see cref="ActivationFactor"/>: buffers of the experts (specification 7). 0 unless a family has them.</summary>
    public virtual double ExpertActivationBytesPerToken(EngineSpecification engine) => 0;

    /// <summary>KV-cache bytes of one sequence on one GPU. Linear in the length unless a family says otherwise.</summary>
    public virtual double KvCacheBytes(EngineSpecification engine, double sequenceTokens) => KvCacheBytesPerToken(engine) * sequenceTokens;

    /// <summary>KV-cache bytes of one token on one GPU, all layers: pipeline stages do not divide it (specification 7).</summary>
    public virtual double KvCacheBytesPerToken(EngineSpecification engine) =>
        engine.Quantization.KvCache.BytesPerElement * engine.KvHeadsPerRank * engine.Model.HeadSize * engine.Model.Layers * 2.0;

    /// <summary>The longest sequence whose KV cache fits into a number of bytes: the inverse of <see cref="KvCacheBytes"/>.</summary>
    public virtual long KvCacheTokens(EngineSpecification engine, double bytes) =>
        (long)Math.Min(Math.Floor(bytes / KvCacheBytesPerToken(engine)), long.MaxValue);
}
