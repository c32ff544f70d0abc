namespace PowerPlanner.Performance.Aic.Operations;

/// <summary>Number format of the KV cache (specification, chapter 3).</summary>
internal sealed record KvCacheQuantization(string Name, double BytesPerElement)
{
    public static readonly KvCacheQuantization BFloat16 = new("bfloat16", 2);
    public static readonly KvCacheQuantization Fp8 = new("fp8", 1);
    public static readonly KvCacheQuantization Int8 = new("int8", 1);
}
