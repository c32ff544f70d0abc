using System.Text.Json;
using PlannerHost.Tests.Prometheus;

namespace PlannerHost.Tests.EndToEnd;

/// <summary>
/// Fleet, Prometheus and host, running. Waiting has generous limits and judges nothing: what happened is read from the fleet's own history.
/// </summary>
internal sealed class Rig : IAsyncDisposable
{
    private readonly string _folder;

    private Rig(FleetServer fleet, PrometheusProcess prometheus, HostProcess host, string folder) => (Fleet, Prometheus, Host, _folder) = (fleet, prometheus, host, folder);

    public FleetServer Fleet { get; }

    public PrometheusProcess Prometheus { get; }

    public HostProcess Host { get; }

    public static async Task<Rig> StartAsync(long budgetWatts, Action<Dictionary<string, string?>>? change = null)
    {
        var fleet = await FleetServer.StartAsync(TimeProvider.System);
        var prometheus = await RealPrometheus.StartAsync(fleet.ScrapeJobs());
        var settings = fleet.HostSettings(prometheus.Address, budgetWatts);
        change?.Invoke(settings);
        var folder = Directory.CreateTempSubdirectory("host-").FullName;
        var host = new HostProcess(Path.Combine(AppContext.BaseDirectory, "PlannerHost.dll"), folder, settings);
        host.Start();
        return new Rig(fleet, prometheus, host, folder);
    }

    /// <summary>Waits until something has come about.</summary>
    public async Task UntilAsync(string what, Func<JsonElement?, bool> isTrue)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        JsonElement? status = null;
        try
        {
            while (!isTrue(status = await Host.StatusAsync()))
            {
                if (Host.HasFailed)
                {
                    Assert.Fail($"The host has ended.\n{string.Join('\n', Host.Log.TakeLast(10))}");
                }

                await timer.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Waited in vain: {what}.\n{Fleet.Now}\n{status}\n{string.Join('\n', Host.Log.TakeLast(40))}");
        }
    }

    /// <summary>Lets the fleet go on for a while.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        var end = Fleet.Elapsed + time;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (Fleet.Elapsed < end)
        {
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Whether a host leads, has nothing left to do, and every frontend has acknowledged its thresholds.</summary>
    public static bool IsSettled(JsonElement? page, long budgetWatts)
    {
        if (page is not { } deployment || !deployment.GetProperty("isLeader").GetBoolean())
        {
            return false;
        }

        var status = deployment.GetProperty("status");
        return status.GetProperty("state").GetString() is "watching" or "rateLimited" or "Watching" or "RateLimited" or "Suspect"
            && status.GetProperty("budgetWatts").GetInt64() == budgetWatts
            && status.GetProperty("ledgerWatts").GetInt64() <= budgetWatts
            && status.GetProperty("unacknowledgedFrontends").GetInt32() == 0
            && status.GetProperty("measuredWatts").ValueKind == JsonValueKind.Number;
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Prometheus.DisposeAsync();
        await Fleet.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
