using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>What a checkpoint's configuration says about its number formats, in one vocabulary (specification 5.3, steps 1 to 3).</summary>
internal sealed record QuantizationDeclaration
{
    /// <summary>A checkpoint in 16 bits.</summary>
    public static readonly QuantizationDeclaration None = new();

    /// <summary>Lower-case algorithm: <c>fp8</c>, <c>fp8_block</c>, <c>nvfp4</c>, <c>mxfp4</c>, <c>compressed-tensors</c>, <c>mixed_precision</c>, another name, or null.</summary>
    public string? Algorithm { get; init; }

    /// <summary>The KV cache's declared format; null where none is declared or recognised.</summary>
    public KvCacheQuantization? KvCache { get; init; }

    /// <summary>Whether activations are scaled at run time; null where the configuration does not say.</summary>
    public bool? DynamicActivations { get; init; }

    /// <summary>Whether weights have one scale a block.</summary>
    public bool BlockScales { get; init; }

    /// <summary>Rows of one scale block; null where the configuration does not say.</summary>
    public long? BlockRows { get; init; }

    /// <summary>Lower-case <c>quant_method</c>: the base of a mixed-precision checkpoint.</summary>
    public string? BaseMethod { get; init; }

    /// <summary>The algorithm of the first recognisable weight group (compressed-tensors).</summary>
    public string? GroupAlgorithm { get; init; }

    /// <summary>Attention projections stay in 16 bits (compressed-tensors).</summary>
    public bool AttentionIgnored { get; init; }

    /// <summary>Routed experts stay in 16 bits (compressed-tensors).</summary>
    public bool RoutedExpertsIgnored { get; init; }

    /// <summary>Projections of attention that stay in 16 bits.</summary>
    public ExcludedProjections ExcludedProjections { get; init; }

    /// <summary>Shared experts stay in 16 bits.</summary>
    public bool SharedExpertsExcluded { get; init; }

    /// <summary>Lower-case algorithms of the layers that are no routed experts (mixed precision).</summary>
    public IReadOnlySet<string> LayerAlgorithms { get; init; } = new HashSet<string>();

    /// <summary>Lower-case algorithms of routed experts (mixed precision).</summary>
    public IReadOnlySet<string> ExpertAlgorithms { get; init; } = new HashSet<string>();
}
