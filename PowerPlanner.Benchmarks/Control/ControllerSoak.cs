using System.Diagnostics;
using System.Globalization;
using PowerPlanner.Diagnostics;
using PowerPlanner.Planning;

namespace PowerPlanner.Benchmarks.Control;

/// <summary>
/// A million ticks of one controller on a fleet in memory: what stays allocated must not grow. The budget changes every fifty ticks, so that
/// sweeps, transitions and thresholds are part of it. <c>dotnet run -c Release --project PowerPlanner.Benchmarks -- soak</c>.
/// </summary>
internal static class ControllerSoak
{
    public const string Command = "soak";
    private const int Parts = 10;
    private const int TicksOfPart = 100_000;
    private const int TicksOfBudget = 50;

    public static bool IsAsked(string[] args) => args is [Command, ..];

    public static async Task RunAsync()
    {
        using var instruments = new PlannerInstruments();
        using var bench = await TickBench.StartAsync(DeploymentMode.Disaggregated, "soak", instruments);
        Print(0, default, 0);
        for (var part = 1; part <= Parts; part++)
        {
            var started = Stopwatch.GetTimestamp();
            var sweeps = 0;
            for (var i = 0; i < TicksOfPart; i++)
            {
                if (i % TicksOfBudget == 0)
                {
                    bench.ChangeBudget(i / TicksOfBudget % 2 == 0 ? 5600 : 16_000);
                }

                sweeps += bench.Tick().Swept ? 1 : 0;
            }

            Print(part * TicksOfPart, Stopwatch.GetElapsedTime(started), sweeps);
        }
    }

    private static void Print(int ticks, TimeSpan elapsed, int sweeps)
    {
        var live = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ticks,9} ticks: {live,9} bytes live, {elapsed.TotalSeconds:F1} s, {sweeps} sweeps"));
    }
}
