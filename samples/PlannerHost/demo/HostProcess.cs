using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PlannerHost.Demo;

/// <summary>A planner host as a process of its own, with its configuration and snapshots in a folder. It can be killed, started again, and given another budget.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private readonly string _program;
    private readonly string _folder;
    private readonly Dictionary<string, string?> _settings;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(20) };
    private Process? _process;
    private int _saves;

    /// <param name="program">Path of <c>PlannerHost.dll</c>.</param>
    /// <param name="folder">An existing folder.</param>
    /// <param name="settings">Its configuration, by paths.</param>
    public HostProcess(string program, string folder, Dictionary<string, string?> settings)
    {
        _program = program;
        _folder = folder;
        Address = FreePort.Address();
        _settings = new(settings)
        {
            ["Host:ListenAddress"] = Address.ToString(),
            ["Host:SnapshotFolder"] = Path.Combine(folder, "snapshots"),
            ["Host:SnapshotSeconds"] = "1",
        };
        Save();
    }

    public Uri Address { get; }

    /// <summary>Lines of its log, of all its lives.</summary>
    public IReadOnlyList<string> Log => [.. _log];

    /// <summary>When it last saved what it knows, by the file system; long ago where it never has.</summary>
    public DateTime SavedAt => File.GetLastWriteTimeUtc(Path.Combine(_folder, "snapshots", "llm.snapshot.json"));

    /// <summary>Whether it has ended by itself.</summary>
    public bool HasFailed => _process is { HasExited: true };

    public void SetBudget(long watts)
    {
        _settings["Deployments:llm:Planner:totalGpuPowerLimitWatts"] = FormattableString.Invariant($"{watts}");
        Save();
    }

    public void Start()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        start.ArgumentList.Add(_program);
        start.ArgumentList.Add($"--contentRoot={_folder}");

        // As in deploy/planner.yaml: a link that is turned is noticed by polling only.
        start.Environment["DOTNET_USE_POLLING_FILE_WATCHER"] = "1";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        void Keep(string? line)
        {
            if (line is not null)
            {
                _log.Enqueue(line);
            }
        }
    }

    /// <summary>Ends it as a crash does (SIGKILL): it can neither finish nor save anything.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    /// <summary>The status of its deployment; null while it does not answer.</summary>
    public async Task<JsonElement?> StatusAsync()
    {
        try
        {
            using var page = JsonDocument.Parse(await _http.GetStringAsync(new Uri(Address, "/status")));
            return page.RootElement.GetProperty("deployments")[0].Clone();
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or OperationCanceledException or IOException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _http.Dispose();
    }

    // As the kubelet lays a ConfigMap out: the file is a link through a link to a folder, and the latter is turned to a new folder.
    private void Save()
    {
        var root = new JsonObject { ["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Default"] = "Information" } } };
        foreach (var (path, value) in _settings)
        {
            var parts = path.Split(':');
            var node = root;
            foreach (var part in parts[..^1])
            {
                node = (JsonObject)(node[part] ??= new JsonObject());
            }

            node[parts[^1]] = value;
        }

        var version = string.Create(CultureInfo.InvariantCulture, $"..{_saves++}");
        Directory.CreateDirectory(Path.Combine(_folder, version));
        File.WriteAllText(Path.Combine(_folder, version, "appsettings.json"), root.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        File.CreateSymbolicLink(Path.Combine(_folder, "..new"), version);
        using var move = Process.Start("mv", ["-T", Path.Combine(_folder, "..new"), Path.Combine(_folder, "..data")]);
        move.WaitForExit();
        var file = Path.Combine(_folder, "appsettings.json");
        if (!File.Exists(file))
        {
            File.CreateSymbolicLink(file, Path.Combine("..data", "appsettings.json"));
        }
    }
}
