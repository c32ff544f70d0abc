using System.Globalization;
using PowerPlanner.Performance.PowerScaling;

namespace PowerPlanner.Performance.Roofline;

/// <summary>
/// Estimates from a GPU's data sheet and a model's dimensions alone, with no table: each kernel of a step takes the larger of its compute and
/// its memory time at the share of the peaks that kernels reach, plus a constant; tensor parallelism adds two all-reduces a layer.
/// The embedded default: good enough to plan with, corrected by feedback once the fleet runs. Every answer is <see cref="Provenance.Modelled"/>.
/// Immutable, thread-safe; an estimate allocates nothing and takes about 0.35 µs.
/// </summary>
/// <remarks>
/// <para>Method: S. Williams, A. Waterman, D. Patterson, "Roofline", CACM 52 (2009), applied kernel by kernel. Latency never falls when input length,
/// batch or context grow. Attention data-parallel ranks are whole copies of the model; pipeline stages lengthen a step by their transfers only.</para>
/// <para>Draw: <c>TDP · min(1, s + a · compute utilization + b · memory utilization)</c> a kernel, weighted by time. A closed form like this misses
/// measured rows of AIC's H200 tables by 10 % (products), 20 % (prefill attention) and 31 % (decode attention) in the median; take a table's power, or a
/// meter's, where there is one.</para>
/// <para>Against AIC's estimates from measured tables, for the built-in models on the H200 with 14 engine versions (252 points, batch 1 and more, one to eight GPUs): prefill
/// +6 % in the median (quartiles +1 and +11 %), decode −3 % (−8 and +2 %), KV tokens 0 %. For example Qwen3-32B, tensor parallel 8, vLLM 0.22.0: a prefill
/// of 1,024 tokens 24.1 ms to 26.2 ms, a decode step at 1,025 tokens 4.68 ms to 4.76 ms. The draw lies 12 % (prefill) and 21 % (decode) below AIC's in the median,
/// which leaves out what draws little: norms and collectives.</para>
/// </remarks>
public sealed class RooflinePerformanceModel : ICapAwarePerformanceModel
{
    private readonly TransformerShape _shape;
    private readonly EngineLayout _layout;
    private readonly GpuDataSheet _gpu;
    private readonly RooflineRates _rates;

    // Per GPU: tensor parallelism splits heads, feed-forward network and vocabulary; key and value heads are replicated below one a GPU.
    private readonly double _queryWidth;
    private readonly double _keyValueWidth;
    private readonly double _feedForwardWidth;
    private readonly double _vocabulary;
    private readonly double _linkBytesPerSecond;
    private readonly double _allReduceSeconds;
    private readonly double _pipelineTransferSeconds;

    /// <summary>Creates the model for one engine.</summary>
    /// <param name="shape">The model's dimensions.</param>
    /// <param name="gpu">The GPU's data sheet.</param>
    /// <param name="layout">How the engine spreads over GPUs; the MoE sizes must be 1, since a dense model has no experts.</param>
    /// <param name="assumptions">What the data sheet does not say; null = <see cref="RooflineAssumptions.Default"/>.</param>
    /// <exception cref="InvalidLayoutException">
    /// The tensor-parallel size does not divide the query heads or exceeds the feed-forward network or vocabulary, there are more pipeline stages than layers, or MoE sizes other than 1.
    /// </exception>
    public RooflinePerformanceModel(TransformerShape shape, GpuDataSheet gpu, EngineLayout layout, RooflineAssumptions? assumptions = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(gpu);
        ArgumentNullException.ThrowIfNull(layout);
        assumptions ??= RooflineAssumptions.Default;
        CheckLayout(shape, layout);

        _shape = shape;
        _gpu = gpu;
        _layout = layout;
        _rates = new RooflineRates(gpu, assumptions);

        var tensorParallel = layout.TensorParallel;
        _queryWidth = (double)(shape.QueryHeads / tensorParallel) * shape.HeadSize;
        _keyValueWidth = CeilingOf(shape.KeyValueHeads, tensorParallel) * shape.HeadSize;
        _feedForwardWidth = CeilingOf(shape.FeedForwardSize, tensorParallel);
        _vocabulary = CeilingOf(shape.VocabularySize, tensorParallel);
        _linkBytesPerSecond = assumptions.LinkFraction * (tensorParallel <= gpu.GpusPerNode ? gpu.LinkBytesPerSecond : gpu.InterNodeBytesPerSecond);
        _allReduceSeconds = assumptions.AllReduceMicroseconds * 1e-6;
        _pipelineTransferSeconds = assumptions.PipelineTransferMicroseconds * 1e-6;
        KvCapacityTokens = KvCapacity(assumptions);
    }

    /// <inheritdoc/>
    public double? NameplateWatts => _gpu.NameplateWatts;

    /// <inheritdoc/>
    public long KvCapacityTokens { get; }

    /// <inheritdoc/>
    public StepEstimate EstimatePrefill(PrefillQuery query)
    {
        QueryGuard.Check(query);
        var step = new RooflineStep(_rates);
        AddPrefill(ref step, query);
        return Estimate(step);
    }

    /// <inheritdoc/>
    public StepBalance BalancePrefill(PrefillQuery query)
    {
        QueryGuard.Check(query);
        var step = new RooflineStep(_rates, balanced: true);
        AddPrefill(ref step, query);
        return step.Balance;
    }

    /// <inheritdoc/>
    public StepBalance BalanceDecode(DecodeQuery query)
    {
        QueryGuard.Check(query);
        var step = new RooflineStep(_rates, balanced: true);
        AddDecode(ref step, query.Batch, query.ContextTokens);
        return step.Balance;
    }

    /// <inheritdoc/>
    public StepEstimate EstimateDecode(DecodeQuery query)
    {
        QueryGuard.Check(query);
        return EstimateDecodeCore(query.Batch, query.ContextTokens);
    }

    /// <inheritdoc/>
    public void EstimateDecodeSweep(long contextTokens, Span<StepEstimate> estimates)
    {
        QueryGuard.Check(new DecodeQuery(1, contextTokens));
        for (var i = 0; i < estimates.Length; i++)
        {
            estimates[i] = EstimateDecodeCore(i + 1, contextTokens);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"roofline: {_shape.Name} on {_gpu.Name}, {_layout}";

    private static double CeilingOf(int value, int parts) => ((value - 1) / parts) + 1;

    private static void CheckLayout(TransformerShape shape, EngineLayout layout)
    {
        if (layout.MoeTensorParallel != 1 || layout.MoeExpertParallel != 1)
        {
            throw Invalid(shape, string.Create(CultureInfo.InvariantCulture, $"moe tp {layout.MoeTensorParallel}, moe ep {layout.MoeExpertParallel}; a dense model has no experts, both must be 1"));
        }

        if (layout.ContextParallel != 1)
        {
            throw Invalid(shape, string.Create(CultureInfo.InvariantCulture, $"cp {layout.ContextParallel}; context parallelism is not modelled, it must be 1"));
        }

        if (shape.QueryHeads % layout.TensorParallel != 0)
        {
            throw Invalid(shape, string.Create(CultureInfo.InvariantCulture, $"tp {layout.TensorParallel}; it must divide the {shape.QueryHeads} query heads"));
        }

        if (layout.TensorParallel > shape.FeedForwardSize || layout.TensorParallel > shape.VocabularySize)
        {
            throw Invalid(shape, string.Create(CultureInfo.InvariantCulture, $"tp {layout.TensorParallel}; it must be at most the feed-forward size {shape.FeedForwardSize} and the vocabulary {shape.VocabularySize}"));
        }

        if (layout.PipelineParallel > shape.Layers)
        {
            throw Invalid(shape, string.Create(CultureInfo.InvariantCulture, $"pp {layout.PipelineParallel}; it must be at most the {shape.Layers} layers"));
        }
    }

    private static InvalidLayoutException Invalid(TransformerShape shape, string what) => new($"Layout of {shape.Name}: {what}.");

    private StepEstimate EstimateDecodeCore(double batch, double contextTokens)
    {
        var step = new RooflineStep(_rates);
        AddDecode(ref step, batch, contextTokens);
        return Estimate(step);
    }

    private StepEstimate Estimate(in RooflineStep step) =>
        new(step.Seconds * 1000, _gpu.NameplateWatts * step.NameplateSeconds / step.Seconds, 1, Provenance.Modelled);

    private void AddPrefill(ref RooflineStep step, in PrefillQuery query)
    {
        double full = query.Isl;
        double prefix = query.Prefix;
        double sequences = query.Batch;
        var tokens = sequences * (full - prefix);

        // Causal: each new token sees all before it, half of the square that lies beyond the prefix. Two products of two FLOPs a pair.
        var flops = 2 * sequences * ((full * full) - (prefix * prefix)) * _queryWidth;
        var bytes = (2 * 2 * tokens * _queryWidth) + (2 * sequences * full * _keyValueWidth * _shape.BytesPerKvElement);
        Add(ref step, tokens, sequences, flops, bytes);
    }

    private void AddDecode(ref RooflineStep step, double batch, double contextTokens)
    {
        var flops = 4 * batch * contextTokens * _queryWidth;
        var bytes = (2 * 2 * batch * _queryWidth) + (2 * batch * contextTokens * _keyValueWidth * _shape.BytesPerKvElement);
        Add(ref step, batch, batch, flops, bytes);
    }

    private void Add(ref RooflineStep step, double tokens, double sequences, double attentionFlops, double attentionBytes)
    {
        double layers = _shape.Layers;
        double hidden = _shape.HiddenSize;
        var weight = _shape.BytesPerWeight;

        step.AddMemory(2 * 2 * tokens * hidden, 1);                                                                  // embedding
        step.AddMemory(2 * 4 * tokens * hidden, (2 * layers) + 1);                                                   // residual and norm: two in, two out
        step.AddProduct(tokens, _queryWidth + (2 * _keyValueWidth), hidden, weight, layers);                         // query, key, value
        step.AddMemory(2 * 2 * tokens * (_queryWidth + _keyValueWidth), layers);                                     // rotary embedding
        step.AddMemory((2 + _shape.BytesPerKvElement) * 2 * tokens * _keyValueWidth, layers);                        // into the cache
        step.AddAttention(attentionFlops, attentionBytes, layers);
        step.AddProduct(tokens, hidden, _queryWidth, weight, layers);                                                // output projection
        step.AddProduct(tokens, 2 * _feedForwardWidth, hidden, weight, layers);                                      // gate and up
        step.AddMemory(2 * 3 * tokens * _feedForwardWidth, layers);                                                  // activation: two in, one out
        step.AddProduct(tokens, hidden, _feedForwardWidth, weight, layers);                                          // down
        step.AddProduct(sequences, _vocabulary, hidden, weight, 1);                                                  // logits of the last tokens

        double tensorParallel = _layout.TensorParallel;
        if (tensorParallel > 1)
        {
            // A ring moves 2 (n − 1)/n of the message through each GPU's link: two a layer, one for the embedding.
            var bytes = 2 * (tensorParallel - 1) / tensorParallel * 2 * tokens * hidden;
            step.AddTransfer(bytes, _linkBytesPerSecond, _allReduceSeconds, (2 * layers) + 1);
        }

        if (_layout.PipelineParallel > 1)
        {
            step.AddTransfer(2 * tokens * hidden, _gpu.InterNodeBytesPerSecond, _pipelineTransferSeconds, _layout.PipelineParallel - 1);
        }
    }

    /// <summary>Tokens for which the memory left over by weights, activations and reserve has room, on the fullest pipeline stage.</summary>
    private long KvCapacity(RooflineAssumptions assumptions)
    {
        double hidden = _shape.HiddenSize;
        var stageLayers = CeilingOf(_shape.Layers, _layout.PipelineParallel);
        var layerWeights = (hidden * (_queryWidth + (2 * _keyValueWidth))) + (_queryWidth * hidden) + (3 * hidden * _feedForwardWidth);

        // Embedding and output projection lie on the first and the last stage; one stage holds both, or one where they are tied.
        var tables = _layout.PipelineParallel > 1 || _shape.HasTiedEmbeddings ? 1 : 2;
        var weights = _shape.BytesPerWeight * ((stageLayers * layerWeights) + (tables * _vocabulary * hidden));

        // Four buffers of the residual width (residual, normed, attention in and out) and of the feed-forward width (gate, up, product, spare).
        var activations = 2.0 * assumptions.MaxTokensPerStep * 4 * (hidden + _feedForwardWidth);
        var left = (_gpu.MemoryBytes * assumptions.UsableMemoryFraction) - weights - activations - assumptions.ReservedBytes;
        var bytesPerToken = 2 * stageLayers * _keyValueWidth * _shape.BytesPerKvElement;
        return left > 0 ? (long)Math.Min(Math.Floor(left / bytesPerToken), 1e15) : 0;
    }
}
