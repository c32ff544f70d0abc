using System.Diagnostics;
using System.Globalization;
using PowerPlanner.Diagnostics;
using PowerPlanner.Planning;

namespace PowerPlanner.Benchmarks.Control;

// One core of a shared, busy machine, .NET 10: 10.6 kB each, 85,000 to 157,000 ticks/s (12 to 6.4 µs: from memory, not from the cache).

/// <summary>
/// What ten thousand controllers of one process cost: bytes each, its in-memory fleet included, and ticks per second of one core when they
/// tick in turn, so that none finds its data in the cache. <c>dotnet run -c Release --project PowerPlanner.Benchmarks -- controllers</c>.
/// </summary>
internal static class ManyControllers
{
    public const string Command = "controllers";
    private const int Controllers = 10_000;
    private const int Rounds = 20;

    public static bool IsAsked(string[] args) => args is [Command, ..];

    public static async Task RunAsync()
    {
        using var instruments = new PlannerInstruments();
        using (await TickBench.StartAsync(DeploymentMode.Disaggregated, "warm-up", instruments))
        {
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var benches = new TickBench[Controllers];
        for (var i = 0; i < benches.Length; i++)
        {
            benches[i] = await TickBench.StartAsync(DeploymentMode.Disaggregated, string.Create(CultureInfo.InvariantCulture, $"east-{i}"), instruments);
        }

        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / Controllers;
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            foreach (var bench in benches)
            {
                bench.Tick();
            }

            var elapsed = Stopwatch.GetElapsedTime(started);
            best = elapsed < best ? elapsed : best;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Controllers} controllers: {bytes} bytes each, {Controllers / best.TotalSeconds:F0} ticks/s of one core ({best.TotalMicroseconds / Controllers:F2} µs each), best of {Rounds} rounds"));
    }
}
