using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Performance.Aic.Memory;

/// <summary>How much memory a backend gives to the KV cache (specification 7).</summary>
internal static class KvCacheBudget
{
    /// <summary>The share that tests for fit leave unused, because estimate and engine differ a little.</summary>
    public const double Tolerance = 0.02;

    private const double Mebibyte = 1 << 20;

    // TensorRT-LLM keeps this share of its own part back.
    private const double TensorRtLlmReserve = 0.015;

    /// <summary>The budget that a test for fit uses, bytes: reserves and tolerance taken off. Negative where nothing is left.</summary>
    public static double ForTest(EngineSpecification engine, ServingMode mode, double withoutKvCacheBytes, double? fraction) =>
        Bytes(engine, mode, withoutKvCacheBytes, fraction, TensorRtLlmReserve, Tolerance);

    /// <summary>The whole budget, bytes. Negative where nothing is left.</summary>
    public static double Whole(EngineSpecification engine, ServingMode mode, double withoutKvCacheBytes, double? fraction) =>
        Bytes(engine, mode, withoutKvCacheBytes, fraction, 0, 0);

    /// <summary>The backend's default memory fraction: of what weights leave for TensorRT-LLM, of the whole device for the others.</summary>
    public static double DefaultFraction(EngineSpecification engine, ServingMode mode) => engine.Backend switch
    {
        AicBackend.TensorRtLlm => 0.9,
        AicBackend.Vllm => IsVersion(engine.BackendVersion, "0.14") || IsVersion(engine.BackendVersion, "0.19") ? 0.90 : 0.92,
        _ => mode == ServingMode.Aggregated ? 0.88 : SglangFraction(engine.System.MemoryCapacity / Mebibyte, engine.Layout),
    };

    /// <summary>SGLang's own choice of <c>mem_fraction_static</c>: what its chunks and CUDA graphs leave of the device.</summary>
    private static double SglangFraction(double capacityMebibytes, EngineLayout layout)
    {
        var few = layout.TensorParallel < 4;
        var (chunk, graph) = capacityMebibytes switch
        {
            < 20 * 1024 => (2048, 8),
            < 35 * 1024 => (2048, few ? 24 : 80),
            < 60 * 1024 => (4096, few ? 32 : 160),
            < 160 * 1024 => (8192, few ? 256 : 512),
            _ => (16384, 512),
        };
        var reserved = 512 + (1.5 * chunk) + ((double)layout.TensorParallel * layout.PipelineParallel / 8 * 1024) + (2 * graph);
        var ranks = layout.AttentionDataParallel;
        if (ranks > 1)
        {
            reserved += 3.0 * graph * ranks;
            if (graph > 300)
            {
                reserved += 1.5 * graph * ranks;
            }
        }

        if (capacityMebibytes > 60 * 1024)
        {
            reserved = Math.Max(reserved, 10 * 1024);
        }

        return Math.Round((capacityMebibytes - reserved) / capacityMebibytes, 3, MidpointRounding.ToEven);
    }

    private static double Bytes(EngineSpecification engine, ServingMode mode, double withoutKvCacheBytes, double? fraction, double reserve, double tolerance)
    {
        var share = fraction ?? DefaultFraction(engine, mode);
        var capacity = engine.System.MemoryCapacity;
        return engine.Backend == AicBackend.TensorRtLlm
            ? (capacity - withoutKvCacheBytes) * share * (1 - reserve) * (1 - tolerance)
            : (capacity * share * (1 - tolerance)) - withoutKvCacheBytes;
    }

    private static bool IsVersion(string version, string series) =>
        version.StartsWith(series, StringComparison.Ordinal) && (version.Length == series.Length || !char.IsAsciiDigit(version[series.Length]));
}
