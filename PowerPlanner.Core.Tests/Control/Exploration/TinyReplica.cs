namespace PowerPlanner.Tests.Control.Exploration;

/// <summary>One replica: where it stands in its life, and its GPUs.</summary>
internal readonly record struct TinyReplica(TinyReplicaPhase Phase, TinyGpu First, TinyGpu Second) : IComparable<TinyReplica>
{
    public bool IsLive => Phase != TinyReplicaPhase.Draining;

    public int HighestCapWatts => Math.Max(First.CapWatts, Second.CapWatts);

    public long Code => ((long)Phase << 40) | ((long)First.Code << 20) | (uint)Second.Code;

    public TinyGpu this[int gpu] => gpu == 0 ? First : Second;

    /// <summary>With every GPU changed.</summary>
    public TinyReplica Each(Func<TinyGpu, TinyGpu> change) => new TinyReplica(Phase, change(First), Second.Exists ? change(Second) : default).Ordered();

    public TinyReplica With(int gpu, TinyGpu value) => (gpu == 0 ? this with { First = value } : this with { Second = value }).Ordered();

    public int CompareTo(TinyReplica other) => Code.CompareTo(other.Code);

    public override string ToString() => $"{Phase} {Text(First)}{(Second.Exists ? "/" + Text(Second) : "")}";

    // GPUs of one replica are alike: which of them has a cap makes no difference.
    private TinyReplica Ordered() => Second.Exists && Second.Code < First.Code ? this with { First = Second, Second = First } : this;

    private static string Text(TinyGpu gpu) => $"{gpu.CapWatts}{(gpu.ReadWatts > 0 ? $"(→{gpu.ReadWatts}{(gpu.TicksLeft > 0 ? $" in {gpu.TicksLeft}" : "")})" : "")}";
}
