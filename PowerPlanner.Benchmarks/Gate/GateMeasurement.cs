using System.Diagnostics;

namespace PowerPlanner.Benchmarks.Gate;

/// <summary>
/// Measures in a few hundred milliseconds, on a machine that may be busy: the best of many short spells, which noise can lengthen but not
/// shorten, and the fewest bytes of them, since the runtime itself allocates now and then.
/// </summary>
internal static class GateMeasurement
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(250);

    // Shorter than the slices of a busy scheduler, so that some spells are undisturbed.
    private static readonly TimeSpan Spell = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan Whole = TimeSpan.FromMilliseconds(300);

    /// <summary>Seconds and bytes of one call.</summary>
    public static (double Seconds, double Bytes) Of(Action<int> run)
    {
        // Compiled, compiled again with what was learnt, and long enough to know how many calls make a spell.
        var calls = 1;
        var start = Stopwatch.GetTimestamp();
        var last = start;
        while (Stopwatch.GetElapsedTime(start) < WarmUp)
        {
            last = Stopwatch.GetTimestamp();
            run(calls);
            if (Stopwatch.GetElapsedTime(last) < Spell)
            {
                calls *= 2;
            }
        }

        var (seconds, bytes) = (double.PositiveInfinity, double.PositiveInfinity);
        start = Stopwatch.GetTimestamp();
        do
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            last = Stopwatch.GetTimestamp();
            run(calls);
            seconds = Math.Min(seconds, Stopwatch.GetElapsedTime(last).TotalSeconds / calls);
            bytes = Math.Min(bytes, (double)(GC.GetAllocatedBytesForCurrentThread() - before) / calls);
        }
        while (Stopwatch.GetElapsedTime(start) < Whole);

        return (seconds, bytes);
    }
}
