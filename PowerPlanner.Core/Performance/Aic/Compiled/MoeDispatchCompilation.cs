using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Compiled;

/// <summary>The collectives that carry tokens to the experts and back (specification 4.7).</summary>
internal static class MoeDispatchCompilation
{
    private const string AllGather = "all_gather";
    private const string ReduceScatter = "reduce_scatter";

    /// <summary>The one compute capability on which TensorRT-LLM dispatches in the experts' format; its successors do not.</summary>
    private const int QuantizedDispatchCapability = 100;

    /// <summary>From this size of a node on TensorRT-LLM has an all-to-all kernel.</summary>
    private const int AllToAllNode = 72;

    public static async ValueTask<IReadOnlyList<CompiledOperation>> CompileAsync(MoeDispatchOperation operation, CompileScope scope, CancellationToken cancellationToken)
    {
        if (UsesAllToAll(operation, scope))
        {
            return [new MissingOperation(operation.Name, operation.Scale, $"the all-to-all kernel of TensorRT-LLM on nodes of {scope.System.GpusPerNode} GPUs is not modelled.")];
        }

        var compiled = new List<CompiledOperation>();
        foreach (var collective in Collectives(operation, scope))
        {
            compiled.Add(await OperationCompiler.CompileAsync(collective, scope, cancellationToken).ConfigureAwait(false));
        }

        return compiled.Count > 0 ? compiled : [CurveOperation.Formula(operation.Name, operation.Scale, 0, 0)];
    }

    private static bool UsesAllToAll(MoeDispatchOperation operation, CompileScope scope) =>
        operation is { Backend: AicBackend.TensorRtLlm, AttentionDataParallel: > 1, MoeTensorParallel: 1 }
        && scope.System.SmVersion == QuantizedDispatchCapability
        && scope.System.GpusPerNode >= AllToAllNode;

    private static IEnumerable<Operation> Collectives(MoeDispatchOperation operation, CompileScope scope)
    {
        var (attentionRanks, replicas) = (operation.AttentionTensorParallel, operation.AttentionDataParallel);
        switch (operation.Backend)
        {
            case AicBackend.Vllm:
                if (attentionRanks > 1)
                {
                    yield return AllReduce(operation);
                }

                if (replicas > 1)
                {
                    yield return Exchange(operation, operation.Gpus, replicas, 1);
                }

                break;
            case AicBackend.Sglang when attentionRanks > 1 && replicas > 1:
                // Ranks of one attention layer halve the work among themselves before (after) the exchange between all.
                var own = operation.Stage == MoeDispatchStage.Pre ? ReduceScatter : AllGather;
                yield return Nccl(operation, own, attentionRanks, 1);
                yield return Exchange(operation, operation.Gpus, replicas, 1);
                break;
            case AicBackend.TensorRtLlm when scope.System.SmVersion == QuantizedDispatchCapability && replicas > 1:
                yield return Exchange(operation, operation.Gpus, replicas, operation.Stage == MoeDispatchStage.Pre ? DispatchShare(operation.Quantization) : 1);
                break;
            default:
                if (attentionRanks > 1)
                {
                    yield return AllReduce(operation);
                }
                else if (replicas > 1)
                {
                    yield return Exchange(operation, operation.Gpus, replicas, 1);
                }

                break;
        }
    }

    /// <summary>What a token in the experts' format takes of one in 16 bits: a quarter and its scales, a half, all of it.</summary>
    private static double DispatchShare(MoeQuantization? quantization) =>
        quantization == MoeQuantization.NvFp4 ? 0.25 + 0.03125
        : quantization == MoeQuantization.Fp8 || quantization == MoeQuantization.Fp8Block ? 0.5
        : 1;

    private static AllReduceOperation AllReduce(MoeDispatchOperation operation) => new(operation.Name, operation.HiddenSize, operation.Gpus, operation.Scale);

    /// <summary>The tokens of all attention ranks, gathered before the experts and scattered after them.</summary>
    private static NcclOperation Exchange(MoeDispatchOperation operation, int gpus, int replicas, double share) =>
        Nccl(operation, operation.Stage == MoeDispatchStage.Pre ? AllGather : ReduceScatter, gpus, replicas * share);

    private static NcclOperation Nccl(MoeDispatchOperation operation, string collective, int gpus, double tokens) =>
        new(operation.Name, collective, operation.HiddenSize * tokens, gpus, CommunicationQuantization.Half, operation.Scale);
}
