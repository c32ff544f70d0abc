using System.Globalization;
using PowerPlanner.Performance.Aic.Composition;
using PowerPlanner.Performance.Aic.Models;

namespace PowerPlanner.Performance.Aic.Memory;

/// <summary>Device memory of one engine's GPUs: what its steps need, whether it fits, and how many tokens the KV cache holds (specification 7).</summary>
internal sealed class EngineMemory
{
    private const double Mebibyte = 1 << 20;
    private const double Gibibyte = 1L << 30;

    private readonly EngineSpecification _engine;
    private readonly double? _fraction;
    private readonly double _weightBytes;
    private readonly double _activationBytesPerToken;

    /// <param name="engine">The engine; its layout has been checked.</param>
    /// <param name="operations">Its operation lists; the context list holds the weights.</param>
    /// <param name="fraction">The memory fraction that the engine is started with; null = the backend's default.</param>
    public EngineMemory(EngineSpecification engine, OperationLists operations, double? fraction = null)
    {
        _engine = engine;
        _fraction = fraction;
        foreach (var operation in operations.Context)
        {
            _weightBytes += operation.WeightBytes;
        }

        _weightBytes /= engine.Layout.PipelineParallel;
        var factor = engine.Model.Family.ActivationFactor(engine.Backend, LayoutRules.MemoryClass(engine.Layout.TensorParallel));
        _activationBytesPerToken = (2.0 * engine.Model.Heads * engine.Model.HeadSize * factor) + engine.Model.Family.ExpertActivationBytesPerToken(engine);
    }

    private double ActivationFloor => (_engine.Backend == AicBackend.Sglang ? 90 : 70) * Mebibyte;

    /// <summary>The memory of a context step: one more token than the input is in the cache.</summary>
    public AicMemoryEstimate Context(long batch, long isl, long prefix) =>
        Use(ServingMode.Static, (double)(isl - prefix) * batch, 0, batch, (double)isl + 1);

    /// <summary>The memory of an engine that only decodes.</summary>
    public AicMemoryEstimate Generation(long batch, long isl, long osl) => Use(ServingMode.Static, batch, batch, batch, (double)isl + osl);

    /// <summary>The memory of a static batch through both phases.</summary>
    public AicMemoryEstimate Static(long batch, long isl, long osl, long prefix) =>
        Use(ServingMode.Static, (double)(isl - prefix) * batch, 0, batch, (double)isl + osl);

    /// <summary>The memory of an aggregated engine.</summary>
    /// <param name="contextTokens">Prefill tokens of a mixed step; at most <c>isl · batch</c>.</param>
    public AicMemoryEstimate Aggregated(long batch, long contextTokens, long isl, long osl)
    {
        var sequence = (double)isl + osl;
        if (_engine.Backend == AicBackend.TensorRtLlm)
        {
            return Use(ServingMode.Aggregated, AicEngine.DefaultMaxNumTokens, 0, batch, sequence);
        }

        if (batch > 1)
        {
            var decoding = batch - StepCount.Ceiling(contextTokens, isl);
            return Use(ServingMode.Aggregated, (double)decoding + contextTokens, decoding, batch, sequence);
        }

        var context = Use(ServingMode.Aggregated, contextTokens, 0, batch, sequence);
        var generation = Use(ServingMode.Aggregated, 1, 1, batch, sequence);
        return context.TotalBytes >= generation.TotalBytes ? context : generation;
    }

    /// <summary>Refuses what the device cannot hold.</summary>
    /// <exception cref="InsufficientMemoryForModelException">It does not fit.</exception>
    public void Check(AicMemoryEstimate memory, string what)
    {
        var capacity = _engine.System.MemoryCapacity;
        if (memory.TotalBytes >= capacity)
        {
            throw new InsufficientMemoryForModelException(string.Create(
                CultureInfo.InvariantCulture,
                $"{what} needs {Shown(memory.TotalBytes)} of memory a GPU (weights {Shown(memory.WeightBytes)}, activations {Shown(memory.ActivationBytes)}, KV cache {Shown(memory.KvCacheBytes)}, collectives {Shown(memory.CollectiveBytes)}, other {Shown(memory.OtherBytes)}); '{_engine.System.Name}' has {Shown(capacity)}."));
        }
    }

    /// <summary>Tokens that the KV cache of one attention rank holds.</summary>
    /// <param name="maxNumTokens">Most tokens of one step, which the activations are sized for.</param>
    /// <param name="tolerance">Share of the budget that is left unused.</param>
    /// <returns>The bytes and tokens; null where weights and activations leave nothing.</returns>
    /// <exception cref="NoPerformanceDataException">The configuration states no KV heads, so that a token has no size.</exception>
    public (double Bytes, long Tokens)? MaximumKvCache(long maxNumTokens, double tolerance = 0)
    {
        var memory = Use(ServingMode.Static, maxNumTokens, 0, 0, 0);
        var whole = KvCacheBudget.Whole(_engine, ServingMode.Static, memory.TotalBytes, _fraction);
        if (!(whole > 0))
        {
            return null;
        }

        if (!(_engine.Model.Family.KvCacheBytes(_engine, 1) > 0))
        {
            throw new NoPerformanceDataException($"{_engine.Model.Architecture} states no num_key_value_heads: the KV cache of a token has no size, and its capacity no bound.");
        }

        var bytes = Math.Floor(whole * (1 - tolerance));
        return (bytes, _engine.Model.Family.KvCacheTokens(_engine, bytes));
    }

    /// <param name="tokens">Tokens of the step.</param>
    /// <param name="decodeTokens">Those of them that decode, each with its draft tokens.</param>
    private AicMemoryEstimate Use(ServingMode mode, double tokens, double decodeTokens, double batch, double sequenceTokens)
    {
        var activations = Math.Max(tokens * _activationBytesPerToken, ActivationFloor);
        if (_engine.DraftTokens > 0)
        {
            activations *= (tokens - decodeTokens + (decodeTokens * (_engine.DraftTokens + 1.0))) / tokens;
        }

        var other = _engine.System.OtherMemory;
        if (_engine.Backend == AicBackend.Sglang)
        {
            activations *= 1.15;
            other *= 1.2;
        }

        var kvCache = batch * _engine.Model.Family.KvCacheBytes(_engine, sequenceTokens);
        var collectives = _engine.System.NcclMemory[Math.Min(_engine.Layout.TensorParallel, 8)];
        return new AicMemoryEstimate(
            _weightBytes, activations, kvCache, collectives, other, KvCacheBudget.ForTest(_engine, mode, _weightBytes + activations + collectives + other, _fraction));
    }

    private static string Shown(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / Gibibyte:0.###} GiB");
}
