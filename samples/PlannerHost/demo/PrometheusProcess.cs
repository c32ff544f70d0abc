using System.Diagnostics;
using System.Globalization;

namespace PlannerHost.Demo;

/// <summary>A real Prometheus (Debian package <c>prometheus</c>) as a child process, never a service, with its data in a folder that goes with it.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    private readonly string _folder;
    private readonly TimeProvider _time;
    private Process? _process;

    private PrometheusProcess(string folder, Uri address, TimeProvider time) => (_folder, Address, _time) = (folder, address, time);

    public Uri Address { get; }

    /// <summary>The program on the path; null where there is none.</summary>
    public static string? Program =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "prometheus")).FirstOrDefault(File.Exists);

    /// <param name="jobs">The jobs of <c>scrape_configs</c>, YAML.</param>
    /// <param name="time">The clock of waiting.</param>
    public static async Task<PrometheusProcess> StartAsync(string jobs, TimeProvider time)
    {
        var folder = Directory.CreateTempSubdirectory("prometheus-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yml"), $"global: {{ scrape_interval: 500ms, scrape_timeout: 500ms }}\nscrape_configs:\n{jobs}\n");
        var server = new PrometheusProcess(folder, FreePort.Address(), time);
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it again on the same port, with the data that it had.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo(Program ?? throw new InvalidOperationException("There is no prometheus on the path; install the Debian package of that name."))
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add($"--config.file={Path.Combine(_folder, "prometheus.yml")}");
        start.ArgumentList.Add($"--storage.tsdb.path={Path.Combine(_folder, "data")}");
        start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"--web.listen-address={Address.Authority}"));
        _process = Process.Start(start)!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        using var http = new HttpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4), _time);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100), _time);
        while (await timer.WaitForNextTickAsync(limit.Token))
        {
            try
            {
                using var response = await http.GetAsync(new Uri(Address, "/-/ready"), limit.Token);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
        }
    }

    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
