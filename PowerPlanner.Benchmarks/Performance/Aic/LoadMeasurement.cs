using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Benchmarks.Performance.Aic;

/// <summary>
/// What loading an engine costs, which a benchmark harness cannot tell: the first load of a process, with the JIT compiler's share, each in
/// child processes of its own, then warm loads, what stays in memory and the process's peak.
/// <c>dotnet run -c Release --project PowerPlanner.Benchmarks -- load</c>.
/// </summary>
internal static class LoadMeasurement
{
    public const string Command = "load";
    private const int Processes = 5;
    private const int WarmLoads = 10;

    private static readonly (string Name, string What, Func<string, Task<AicEngine>> LoadAsync)[] Ways =
    [
        ("tables", "from the tables", static async _ => await AicEngine.LoadAsync(await Dense.OpenAsync(), await Dense.ModelAsync(), Dense.Layout)),
        ("snapshot", "from a snapshot, sources compared", static async path =>
            await AicEngine.LoadAsync(await AicSnapshot.OpenAsync(path, await Dense.OpenAsync()), await Dense.ModelAsync(), Dense.Layout)),
        ("snapshot-alone", "from a snapshot, sources not compared", static async path =>
            await AicEngine.LoadAsync(await AicSnapshot.OpenAsync(path), await Dense.ModelAsync(), Dense.Layout)),
        ("experts", "with routed experts, from the tables", static async _ =>
            await AicEngine.LoadAsync(await Dense.OpenAsync(), await Experts.ModelAsync(), Experts.Layout)),
        ("compressed", "with compressed keys and values, from the tables", static async _ =>
            await AicEngine.LoadAsync(await Dense.OpenAsync(), await Compressed.ModelAsync(), Compressed.Layout)),
    ];

    /// <summary>A field, so that no stack slot of a running method keeps the engine once it is let go.</summary>
    private static AicEngine? _kept;

    public static bool IsAsked(string[] args) => args is [Command, ..];

    public static async Task RunAsync(string[] args)
    {
        if (args is [Command, var name, var given])
        {
            await MeasureAsync(Ways.Single(way => way.Name == name).LoadAsync, given);
            return;
        }

        var folder = Directory.CreateTempSubdirectory("powerplanner-");
        var path = Path.Combine(folder.FullName, "engine.snapshot");
        await AicSnapshot.SaveAsync(path, await Dense.OpenAsync(), await Dense.ModelAsync(), Dense.Layout);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"best of {Processes} processes; snapshot of {new FileInfo(path).Length / 1e6:F2} MB"));
        Console.WriteLine($"{"",-40} {"first, ms",10} {"warm, ms",10} {"retained, MB",13} {"peak, MB",9}");
        foreach (var way in Ways)
        {
            var best = Enumerable.Repeat(double.PositiveInfinity, 4).ToArray();
            for (var i = 0; i < Processes; i++)
            {
                var figures = await InChildAsync(way.Name, path);
                for (var j = 0; j < best.Length; j++)
                {
                    best[j] = Math.Min(best[j], figures[j]);
                }
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{way.What,-40} {best[0],10:F0} {best[1],10:F0} {best[2],13:F2} {best[3],9:F0}"));
        }

        folder.Delete(recursive: true);
    }

    private static async Task<double[]> InChildAsync(string way, string path)
    {
        var own = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this process is unknown.");
        var start = new ProcessStartInfo(own) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(own) == "dotnet")
        {
            start.ArgumentList.Add(typeof(LoadMeasurement).Assembly.Location);
        }

        foreach (var argument in new[] { Command, way, path })
        {
            start.ArgumentList.Add(argument);
        }

        using var child = Process.Start(start) ?? throw new InvalidOperationException($"{own} does not start.");
        var output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        return child.ExitCode == 0
            ? Array.ConvertAll(output.Split(' '), figure => double.Parse(figure, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"The measuring process ended with {child.ExitCode}.");
    }

    private static async Task MeasureAsync(Func<string, Task<AicEngine>> loadAsync, string path)
    {
        var first = Stopwatch.StartNew();
        _kept = await loadAsync(path);
        first.Stop();
        using var process = Process.GetCurrentProcess();
        var peak = process.PeakWorkingSet64;
        var warm = double.PositiveInfinity;
        for (var i = 0; i < WarmLoads; i++)
        {
            var watch = Stopwatch.StartNew();
            _kept = await loadAsync(path);
            warm = Math.Min(warm, watch.Elapsed.TotalMilliseconds);
        }

        // Leaves the stack of the load's last continuation, whose frames still hold the engine.
        await Task.Yield();
        var with = Retained();
        _kept = null;
        var without = Retained();
        Console.Write(string.Create(
            CultureInfo.InvariantCulture, $"{first.Elapsed.TotalMilliseconds} {warm} {(with - without) / 1e6} {peak / 1e6}"));
    }

    private static long Retained()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
