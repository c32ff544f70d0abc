using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using PowerPlanner.Performance.Aic.Compiled;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>
/// What loading costs, which a benchmark harness cannot tell: the first load of a process, with the JIT compiler's share, in a child
/// process of its own, then warm loads, what stays in memory and the process's peak.
/// <c>dotnet run -c Release --project PowerPlanner.Benchmarks -- load</c>.
/// </summary>
internal static class LoadMeasurement
{
    public const string Command = "load";
    private const string InChild = "load-once";
    private const int WarmLoads = 10;

    /// <summary>A field, so that no stack slot of a running method keeps the evaluator once it is let go.</summary>
    private static CompiledEvaluator? _kept;

    public static bool IsAsked(string[] args) => args is [Command or InChild];

    public static async Task RunAsync(string[] args)
    {
        if (args is [InChild])
        {
            await MeasureAsync();
            return;
        }

        var own = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this process is unknown.");
        var start = new ProcessStartInfo(own);
        if (Path.GetFileNameWithoutExtension(own) == "dotnet")
        {
            start.ArgumentList.Add(typeof(LoadMeasurement).Assembly.Location);
        }

        start.ArgumentList.Add(InChild);
        using var child = Process.Start(start) ?? throw new InvalidOperationException($"{own} does not start.");
        await child.WaitForExitAsync();
    }

    private static async Task MeasureAsync()
    {
        var first = Stopwatch.StartNew();
        await LoadAsync();
        first.Stop();
        using var process = Process.GetCurrentProcess();
        var peak = process.PeakWorkingSet64;
        var warm = double.PositiveInfinity;
        for (var i = 0; i < WarmLoads; i++)
        {
            var watch = Stopwatch.StartNew();
            await LoadAsync();
            warm = Math.Min(warm, watch.Elapsed.TotalMilliseconds);
        }

        var with = Retained();
        _kept = null;
        var without = Retained();
        Print("first load in a process", first.Elapsed.TotalMilliseconds, "ms");
        Print("warm load, best of ten", warm, "ms");
        Print("retained by one compiled evaluator", (with - without) / 1e6, "MB");
        Print("peak of the process after the first load", peak / 1e6, "MB");
    }

    private static async Task LoadAsync()
    {
        var database = await Dense.OpenAsync();
        _kept = await CompiledEvaluator.CompileAsync(database, await Dense.ListsAsync(database));
    }

    private static long Retained()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static void Print(string what, double value, string unit) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-42} {value,8:F2} {unit}"));
}
