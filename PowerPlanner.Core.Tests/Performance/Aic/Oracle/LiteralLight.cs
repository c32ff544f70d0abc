using PowerPlanner.Performance.Aic.Operations;
using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Oracle;

/// <summary>One layer of an operation at the speed of light (specification, chapter 3, the rows for SOL mode among them), ms.</summary>
internal sealed class LiteralLight(AicSystem system)
{
    private readonly SpeedOfLight _light = new(system);

    public double Of(Operation operation, Step step) => operation switch
    {
        GemmOperation gemm => _light.Gemm(gemm.Quantization, step.Rows(gemm.Basis), gemm.N, gemm.K),
        ElementwiseOperation elementwise => _light.MemoryBytes(step.Tokens * 2.0 * (elementwise.InputElements + elementwise.OutputElements)),
        EmbeddingOperation embedding => _light.MemoryBytes(step.Tokens * 2.0 * embedding.HiddenSize),
        ContextAttentionOperation attention => ContextAttention(attention, step) + (1.1 * Extras(attention)),
        GenerationAttentionOperation attention => _light.GenerationAttention(
            attention.KvCache, KvHeads(attention.Heads, attention.KvHeads), attention.HeadSize, attention.Window, attention.Heads, step.Sequences, step.NewTokens),
        ContextMlaOperation attention => _light.ContextMla(attention.Attention, attention.KvCache, attention.Heads, step.NewTokens, step.Prefix, step.Sequences),
        MlaContextModuleOperation module => _light.ContextMla(module.Attention, module.KvCache, module.Heads, step.NewTokens, step.Prefix, step.Sequences),
        GenerationMlaOperation attention => _light.GenerationMla(attention.KvCache, attention.Heads, step.Sequences, step.NewTokens),
        MlaGenerationModuleOperation module => _light.MlaGenerationModule(module.KvCache, module.Gemm, module.Heads, step.Sequences, step.NewTokens),
        MlaBmmOperation product => _light.MlaBmm(product.Quantization, step.Tokens, product.Heads),
        MoeOperation experts => _light.Moe(experts, (double)step.Tokens * experts.AttentionDataParallel),
        _ => throw new NotSupportedException($"No speed of light for {operation.GetType().Name}."),
    };

    public double AllReduce(int gpus, double size) => _light.CustomAllReduce(size, gpus);

    public double Nccl(string collective, CommunicationQuantization communication, int gpus, double size) => _light.Nccl(collective, communication, size, gpus);

    /// <summary>Of the table's part alone.</summary>
    public double ContextAttention(ContextAttentionOperation attention, Step step) => _light.ContextAttention(
        attention.Attention, attention.KvCache, KvHeads(attention.Heads, attention.KvHeads), attention.HeadSize, attention.Window,
        attention.Heads, step.NewTokens, step.Prefix, step.Sequences);

    private double Extras(ContextAttentionOperation attention)
    {
        var q = (double)attention.Heads * attention.HeadSize;
        var k = (double)attention.KvHeads * attention.HeadSize;
        var qkNorm = attention.QkNorm ? 2 * ((2 * _light.MemoryBytes(2 * q)) + (2 * _light.MemoryBytes(2 * k))) : 0;
        return qkNorm + (2 * _light.MemoryBytes((2 * q) + (2 * k))) + (2 * _light.MemoryBytes(attention.Attention.BytesPerElement * k));
    }

    private static int KvHeads(int heads, int kvHeads) => heads == kvHeads ? 0 : kvHeads;
}
