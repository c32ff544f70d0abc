namespace PowerPlanner.Benchmarks.Gate;

/// <summary>One hot path and the straightforward implementation beside it.</summary>
/// <param name="What">Its name, one of <see cref="GateBounds"/>.</param>
/// <param name="Fast">Does as many calls as it is told.</param>
/// <param name="Straightforward">The same work written plainly; null = there is none.</param>
internal sealed record GateRow(string What, Action<int> Fast, Action<int>? Straightforward = null)
{
    /// <summary>One call at a time.</summary>
    public static GateRow Of<T>(string what, Func<T> fast, Func<double>? straightforward = null)
        where T : class => new(
        what,
        calls =>
        {
            for (var i = 0; i < calls; i++)
            {
                GC.KeepAlive(fast());
            }
        },
        straightforward is null ? null : calls =>
        {
            for (var i = 0; i < calls; i++)
            {
                straightforward();
            }
        });
}
