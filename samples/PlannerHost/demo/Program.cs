using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PlannerHost.Demo;

/// <summary>
/// The loop at work, without hardware: a simulated fleet, a real Prometheus and the host, and a line a second of what they do in a load spike and a
/// budget cut. Started by the script <c>run</c> beside it.
/// </summary>
internal static class Program
{
    private const long FullWatts = 6000;
    private const long CutWatts = 3500;

    private static async Task<int> Main(string[] args)
    {
        if (args is not [var hostProgram] || !File.Exists(hostProgram))
        {
            await Console.Error.WriteLineAsync("usage: PlannerHost.Demo PATH_OF_PlannerHost.dll (the script 'run' gives it)");
            return 2;
        }

        // The servers of the fleet would each take a Ctrl-C for themselves.
        using var ends = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            ends.Cancel();
        }

        var time = TimeProvider.System;
        var folder = Directory.CreateTempSubdirectory("planner-demo-").FullName;
        await using var fleet = await FleetServer.StartAsync(time);
        await using var prometheus = await PrometheusProcess.StartAsync(fleet.ScrapeJobs(), time);
        await using var host = new HostProcess(hostProgram, folder, fleet.HostSettings(prometheus.Address, FullWatts));
        host.Start();
        Console.WriteLine($"status page {new Uri(host.Address, "/status")}   metrics {new Uri(host.Address, "/metrics")}   Prometheus {prometheus.Address}");
        Console.WriteLine("  time   load let in     draw of budget                          prefill      decode       TTFT    ITL  thresholds  state");
        var budget = FullWatts;
        for (var second = 0; second < 115 && !ends.IsCancellationRequested; second++)
        {
            switch (second)
            {
                case 30:
                    Say("A load spike: 45 requests/s instead of 8. All wait until the frontends find the workers busy and refuse what is too much.");
                    fleet.OfferedRequestsPerSecond = 45;
                    break;
                case 50:
                    Say("The spike is over.");
                    fleet.OfferedRequestsPerSecond = 8;
                    break;
                case 60:
                    Say("The budget is cut to 3,500 W. Caps and replicas go down until the fleet fits.");
                    host.SetBudget(budget = CutWatts);
                    break;
                case 85:
                    Say("The budget is 6,000 W again.");
                    host.SetBudget(budget = FullWatts);
                    break;
                default:
                    break;
            }

            await Task.Delay(TimeSpan.FromSeconds(1), time, ends.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Show(fleet, budget, await host.StatusAsync());
        }

        var history = fleet.History;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The fleet drew at most {history.Max(moment => moment.Watts):F0} W, under budgets of {FullWatts} W and {CutWatts} W."));
        await host.KillAsync();
        await File.WriteAllLinesAsync(Path.Combine(folder, "host.log"), host.Log);
        Console.WriteLine($"The host's log and snapshot are in {folder}");
        return history.Max(moment => moment.Watts) <= FullWatts ? 0 : 1;
    }

    private static void Say(string what) => Console.WriteLine($"── {what}");

    private static void Show(FleetServer fleet, long budget, JsonElement? status)
    {
        const int Width = 20;
        var now = fleet.Now;
        var filled = (int)Math.Clamp(Math.Round(now.Watts / FullWatts * Width), 0, Width);
        var limit = (int)Math.Clamp(Math.Round((double)budget / FullWatts * Width), 0, Width);
        var bar = string.Concat(Enumerable.Range(0, Width + 1).Select(i => i == limit ? '|' : i < filled ? '█' : '·'));
        var state = status?.GetProperty("status").GetProperty("state").GetString() ?? "starting";
        var acknowledged = fleet.Frontends.Count(frontend => frontend.Entry is not null);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{now.At.TotalSeconds,5:F0} s {now.OfferedRequestsPerSecond,5:F0}/s {now.AdmittedRequestsPerSecond,4:F1}/s {now.Watts,6:F0} W of {budget,5} W {bar} {now.PrefillReady,2} × {now.PrefillCapWatts,3} W  {now.DecodeReady,2} × {now.DecodeCapWatts,3} W  {now.TtftMs,5:F0} ms {now.ItlMs,4:F0} ms  at {acknowledged} of {fleet.Frontends.Count}     {state}"));
    }
}
