using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>The operation list of a dense decoder (specification 5.4.1), with the variations of 5.4.2.</summary>
internal static class DenseOperations
{
    /// <summary>Gate and up projection in one GEMM; the vocabulary is split, so embeddings are summed over the ranks.</summary>
    public static readonly Variant Gated = new(FeedForwardColumns: 2, SplitEmbedding: true);

    /// <summary>One projection up; every rank holds the whole embedding.</summary>
    public static readonly Variant Plain = new(FeedForwardColumns: 1, SplitEmbedding: false);

    /// <param name="FeedForwardColumns">Columns of the first feed-forward GEMM, in intermediate sizes.</param>
    /// <param name="SplitEmbedding">Whether the vocabulary is split over the tensor-parallel ranks.</param>
    internal readonly record struct Variant(int FeedForwardColumns, bool SplitEmbedding);

    /// <param name="factor">Multiplies every scale, those of single operations too.</param>
    public static IReadOnlyList<Operation> Build(EngineSpecification engine, Variant variant, StepPhase phase, int layers, double factor)
    {
        var model = engine.Model;
        var modes = engine.Quantization;
        var tp = engine.Layout.TensorParallel;
        var pp = engine.Layout.PipelineParallel;
        var hidden = model.HiddenSize;
        var headSize = (long)model.HeadSize;
        var queryColumns = model.Heads * headSize / tp;
        var keyValueColumns = headSize * engine.KvHeadsPerRank * 2;
        var intermediate = model.IntermediateSize / tp;
        var upColumns = variant.FeedForwardColumns * model.IntermediateSize / tp;
        var once = factor;
        var everyLayer = layers * factor;

        var operations = new List<Operation>(14)
        {
            new EmbeddingOperation("embedding", variant.SplitEmbedding ? model.VocabularySize / tp : model.VocabularySize, hidden, once),
            new ElementwiseOperation("add_norm_1", 2 * hidden, 2 * hidden, everyLayer),
            new GemmOperation("qkv_gemm", modes.Gemm, queryColumns + keyValueColumns, hidden, everyLayer),
            AttentionOperations.Build(engine, phase, 0, everyLayer),
            new GemmOperation("proj_gemm", modes.Gemm, hidden, queryColumns, everyLayer, LowPrecisionInput: true),
            new ElementwiseOperation("add_norm_2", 2 * hidden, 2 * hidden, everyLayer),
            new GemmOperation("gate_ffn1_gemm", modes.Gemm, upColumns, hidden, everyLayer),
            new ElementwiseOperation("act_gate", upColumns, intermediate, everyLayer),
            new GemmOperation("ffn2_gemm", modes.Gemm, hidden, intermediate, everyLayer, LowPrecisionInput: true),
            new GemmOperation(
                "logits_gemm", GemmQuantization.BFloat16, model.VocabularySize / tp, hidden, once, Basis: phase == StepPhase.Context ? TokenBasis.Sequences : TokenBasis.Tokens),
        };

        if (variant.SplitEmbedding)
        {
            operations.Add(new AllReduceOperation("embedding_ar", hidden, tp, once));
        }

        operations.Add(new AllReduceOperation("ar_1", hidden, tp, everyLayer));
        operations.Add(new AllReduceOperation("ar_2", hidden, tp, everyLayer));
        operations.Add(new PointToPointOperation("p2p", hidden, pp, (pp - 1) * factor));
        return phase == StepPhase.Context && engine.Layout.ContextParallel > 1 ? Split(operations, engine, everyLayer) : operations;
    }

    /// <summary>
    /// The context list of ranks that share the tokens (specification 5.2): each computes its own and then gets the keys and values of the others. What
    /// goes to the next stage is not divided.
    /// </summary>
    private static List<Operation> Split(List<Operation> operations, EngineSpecification engine, double everyLayer)
    {
        var (ranks, communication) = (engine.Layout.ContextParallel, CommunicationQuantization.Half);
        var keyValueBytes = engine.Quantization.KvCache.BytesPerElement * engine.KvHeadsPerRank * engine.Model.HeadSize * 2;
        var split = new List<Operation>(operations.Count + 1);
        foreach (var operation in operations)
        {
            split.Add(operation is PointToPointOperation ? operation : operation with { SequenceSplit = ranks });
            if (operation is ContextAttentionOperation)
            {
                split.Add(new NcclOperation("cp_all_gather", "all_gather", keyValueBytes / communication.BytesPerElement, ranks, communication, everyLayer));
            }
        }

        return split;
    }
}
