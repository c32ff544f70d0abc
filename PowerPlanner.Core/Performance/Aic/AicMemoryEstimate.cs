namespace PowerPlanner.Performance.Aic;

/// <summary>Device memory of one GPU by what fills it, bytes (specification 7).</summary>
/// <param name="WeightBytes">Weights of the model's share.</param>
/// <param name="ActivationBytes">Activations of the largest step.</param>
/// <param name="KvCacheBytes">KV cache of the batch.</param>
/// <param name="CollectiveBytes">Buffers of the collective library.</param>
/// <param name="OtherBytes">Device context and libraries.</param>
/// <param name="KvCacheBudgetBytes">
/// What the backend's memory fraction leaves for the KV cache, with a tolerance of 2 % (and TensorRT-LLM's own reserve); negative where nothing is left.
/// </param>
public readonly record struct AicMemoryEstimate(
    double WeightBytes, double ActivationBytes, double KvCacheBytes, double CollectiveBytes, double OtherBytes, double KvCacheBudgetBytes)
{
    /// <summary>All of it, bytes.</summary>
    public double TotalBytes => WeightBytes + ActivationBytes + KvCacheBytes + CollectiveBytes + OtherBytes;

    /// <summary>
    /// Whether the backend, started with its memory fraction, has room for the whole batch's cache. Where it has not, it serves the batch with
    /// fewer sequences at a time than asked, although the device could hold them.
    /// </summary>
    public bool FitsKvCacheBudget => KvCacheBytes <= KvCacheBudgetBytes;
}
