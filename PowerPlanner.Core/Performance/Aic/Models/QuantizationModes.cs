using PowerPlanner.Performance.Aic.Operations;

namespace PowerPlanner.Performance.Aic.Models;

/// <summary>Number formats that an engine runs with (specification 5.3).</summary>
/// <param name="Gemm">Dense weights.</param>
/// <param name="Moe">Routed experts; null where the checkpoint's format has no form for experts.</param>
/// <param name="KvCache">KV cache.</param>
/// <param name="Attention">Fused attention.</param>
/// <param name="Communication">Collectives.</param>
internal sealed record QuantizationModes(
    GemmQuantization Gemm, MoeQuantization? Moe, KvCacheQuantization KvCache, AttentionQuantization Attention, CommunicationQuantization Communication);
