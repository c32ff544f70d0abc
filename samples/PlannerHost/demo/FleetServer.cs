using System.Globalization;
using System.Text;
using PowerPlanner.Control;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;
using PowerPlanner.Testing.Simulation;

namespace PlannerHost.Demo;

/// <summary>
/// A fleet without hardware, as a host sees one: an API server with pods that can be capped and scaled, frontends that refuse requests above their
/// thresholds, and their metrics and the GPUs' for a Prometheus. The simulator of PowerPlanner.Testing decides what the GPUs draw and how fast they
/// serve. Time is real and short: replicas start in seconds, agents look every second.
/// </summary>
internal sealed class FleetServer : IAsyncDisposable
{
    public const int Isl = 3000;
    public const int Osl = 300;
    public const int Batch = 45;
    public const long KvTokens = 150_000;
    public const int MaxBatchedTokens = 8192;
    public const int NameplateWatts = 700;

    private const string PrefillScale = "llm-0-prefill";
    private const string DecodeScale = "llm-0-decode";
    private static readonly TimeSpan AgentInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    // Requests stay in a decode worker for 300 tokens of 21 ms, six seconds; most of the blocks that they will fill are full after five.
    private static readonly TimeSpan NoticeTime = TimeSpan.FromSeconds(5);
    private static readonly EngineConstants Engines = new()
    {
        TtftMs = 132,
        ItlMs = 21,
        PrefillWatts = 590,
        DecodeWatts = 480,
        NameplateWatts = NameplateWatts,
        PrefillRequestsPerSecond = 1000 / 132.0,
        DecodeRequestsPerSecond = Batch * 1000 / (21.0 * Osl),
    };

    private readonly Lock _state = new();
    private readonly SimulatedTime _clock = new();
    private readonly SimulatedFleet _fleet;
    private readonly TimeProvider _time;
    private readonly List<FleetMoment> _history = [];
    private readonly Dictionary<string, GpuMeter> _gpus = new(StringComparer.Ordinal);
    private readonly List<FrontendMeter> _meters = [];
    private readonly AdmissionGate _gate = new(Engines, NoticeTime);
    private readonly CancellationTokenSource _ends = new();
    private readonly long _begun;
    private Loopback? _exporter;
    private Task _loop = Task.CompletedTask;
    private int _tick;
    private long _stepped;
    private TimeSpan _agentsActAt;

    private FleetServer(FakeApiServer cluster, TimeProvider time)
    {
        Cluster = cluster;
        _time = time;
        _begun = _stepped = time.GetTimestamp();
        var limits = new GpuPowerLimits(200, NameplateWatts);
        InMemoryRole Role() => new() { Replicas = 1, CapWatts = 400, CapLimits = limits, StartDelay = TimeSpan.FromSeconds(3), DrainDelay = TimeSpan.FromSeconds(2) };
        _fleet = new SimulatedFleet(
            new SimulatedFleetSetup
            {
                Engines = Engines,
                Prefill = Role(),
                Decode = Role(),
                Isl = Isl,
                Osl = Osl,
                Frontends = [],
                MaxBatchedTokens = MaxBatchedTokens,
                Tick = Step,
            },
            _clock);
    }

    /// <summary>The API server of the cluster that the fleet runs in.</summary>
    public FakeApiServer Cluster { get; }

    /// <summary>The frontends; one may be stopped, and started again.</summary>
    public List<FakeFrontend> Frontends { get; } = [];

    /// <summary>Where the GPUs' metrics are.</summary>
    public Uri Exporter => _exporter!.Address;

    /// <summary>Requests/s that arrive from now on.</summary>
    public double OfferedRequestsPerSecond { get; set; } = 8;

    /// <summary>What has been measured so far, oldest first; a copy.</summary>
    public IReadOnlyList<FleetMoment> History
    {
        get
        {
            lock (_state)
            {
                return [.. _history];
            }
        }
    }

    /// <summary>What was measured last.</summary>
    public FleetMoment Now
    {
        get
        {
            lock (_state)
            {
                return _history[^1];
            }
        }
    }

    /// <summary>Time since the fleet began.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_begun);

    /// <summary>Whether neither replicas nor caps have changed for a while.</summary>
    public bool IsQuiet(TimeSpan time)
    {
        lock (_state)
        {
            var now = _history[^1];
            return now.At >= time && _history.Where(moment => moment.At >= now.At - time)
                .All(moment => (moment.PrefillReady, moment.DecodeReady, moment.PrefillCapWatts, moment.DecodeCapWatts) == (now.PrefillReady, now.DecodeReady, now.PrefillCapWatts, now.DecodeCapWatts));
        }
    }

    public static async Task<FleetServer> StartAsync(TimeProvider time, int frontends = 2)
    {
        var cluster = await FakeApiServer.StartAsync();
        var server = new FleetServer(cluster, time);
        foreach (var (plural, scale, component) in ((string, string, string)[])[("deployments", PrefillScale, "prefill"), ("dynamocomponentdeployments", DecodeScale, "decode")])
        {
            cluster.AddScale(plural, scale, replicas: 1, ("app", "llm"), ("component", component));
            foreach (var pod in cluster.PodNames.Where(name => name.StartsWith(scale, StringComparison.Ordinal)))
            {
                cluster.Annotate(pod, FakeApiServer.CapAnnotation, "400");
            }
        }

        for (var i = 0; i < frontends; i++)
        {
            var frontend = await FakeFrontend.StartAsync();
            var meter = new FrontendMeter();
            frontend.Metrics = () =>
            {
                lock (server._state)
                {
                    return meter.ToString();
                }
            };
            server.Frontends.Add(frontend);
            server._meters.Add(meter);
            cluster.AddFrontend(FormattableString.Invariant($"llm-0-frontend-{i}"), frontend.Address);
        }

        server._exporter = await Loopback.StartAsync(async context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4";
            await context.Response.WriteAsync(server.GpuMetrics(), context.RequestAborted);
        });
        server.Advance();
        server._loop = server.RunAsync();
        return server;
    }

    /// <summary>The jobs that a Prometheus needs to see the fleet, as YAML. The GPUs' labels are honoured, as dcgm-exporter's users are told to do.</summary>
    public string ScrapeJobs() => $"""
          - job_name: gpus
            honor_labels: true
            static_configs: [ {"{"} targets: ['{Exporter.Authority}'] {"}"} ]
          - job_name: frontends
            static_configs: [ {"{"} targets: [{string.Join(", ", Frontends.Select(frontend => $"'{frontend.Address.Authority}'"))}] {"}"} ]
        """;

    /// <summary>Settings of a host that plans for this fleet, all times as short as the fleet's own.</summary>
    /// <param name="prometheus">The Prometheus that scrapes the fleet.</param>
    /// <param name="budgetWatts">The budget, W.</param>
    public Dictionary<string, string?> HostSettings(Uri prometheus, long budgetWatts) => new()
    {
        ["Kubernetes:Server"] = Cluster.Address.ToString(),
        ["Prometheus:Endpoints:0"] = prometheus.ToString(),
        ["Prometheus:WindowSeconds"] = "4",
        ["Prometheus:MaxSampleAgeSeconds"] = "15",
        ["Prometheus:FailedReplicaSeconds"] = "1",
        ["Deployments:llm:Adapter"] = "kubernetes",
        ["Deployments:llm:Kubernetes:Namespace"] = FakeApiServer.Namespace,
        ["Deployments:llm:Kubernetes:Prefill:LabelSelector"] = "app=llm,component=prefill",
        ["Deployments:llm:Kubernetes:Prefill:Name"] = PrefillScale,
        ["Deployments:llm:Kubernetes:Prefill:MinCapWatts"] = "200",

        // Pods of this fleet are under the commanded cap from their first instant.
        ["Deployments:llm:Kubernetes:Prefill:NewbornCapWatts"] = "200",
        ["Deployments:llm:Kubernetes:Prefill:MaxCapWatts"] = "700",
        ["Deployments:llm:Kubernetes:Decode:LabelSelector"] = "app=llm,component=decode",
        ["Deployments:llm:Kubernetes:Decode:Group"] = "nvidia.com",
        ["Deployments:llm:Kubernetes:Decode:Version"] = "v1alpha1",
        ["Deployments:llm:Kubernetes:Decode:Plural"] = "dynamocomponentdeployments",
        ["Deployments:llm:Kubernetes:Decode:Name"] = DecodeScale,
        ["Deployments:llm:Kubernetes:Decode:MinCapWatts"] = "200",

        // Pods of this fleet are under the commanded cap from their first instant.
        ["Deployments:llm:Kubernetes:Decode:NewbornCapWatts"] = "200",
        ["Deployments:llm:Kubernetes:Decode:MaxCapWatts"] = "700",
        ["Deployments:llm:Kubernetes:Frontends:LabelSelector"] = "app=llm,component=frontend",
        ["Deployments:llm:Frontends:Model"] = "llm",
        ["Deployments:llm:Lease:DurationSeconds"] = "12",
        ["Deployments:llm:Lease:ActSeconds"] = "6",
        ["Deployments:llm:Lease:RetrySeconds"] = "1",
        ["Deployments:llm:Lease:RequestTimeoutSeconds"] = "2",
        ["Deployments:llm:Prometheus:Names:Namespace"] = FakeApiServer.Namespace,
        ["Deployments:llm:Prometheus:Names:Deployment"] = "llm",
        ["Deployments:llm:Prometheus:Names:PrefillService"] = "prefill",
        ["Deployments:llm:Prometheus:Names:DecodeService"] = "decode",
        ["Deployments:llm:Prometheus:Names:MaxBatchedTokens"] = "worker_max_num_batched_tokens",
        ["Deployments:llm:Prometheus:Names:Percentiles"] = "false",
        ["Deployments:llm:Planner:isl"] = "3000",
        ["Deployments:llm:Planner:osl"] = "300",
        ["Deployments:llm:Planner:ttftMs"] = "800",
        ["Deployments:llm:Planner:itlMs"] = "70",
        ["Deployments:llm:Planner:tickSeconds"] = "1",
        ["Deployments:llm:Planner:reoptimizeIntervalSeconds"] = "5",
        ["Deployments:llm:Planner:convergenceTimeoutSeconds"] = "60",

        // The one agent of each node looks every second, and applies what it has read before it looks again.
        ["Deployments:llm:Planner:capSettleTimeSeconds"] = "5",
        ["Deployments:llm:Planner:observationMaxAgeSeconds"] = "20",
        ["Deployments:llm:Planner:totalGpuPowerLimitWatts"] = budgetWatts.ToString(CultureInfo.InvariantCulture),
        ["Deployments:llm:Planner:maxGpuBudget"] = "12",
        ["Deployments:llm:Planner:maxBatch"] = Batch.ToString(CultureInfo.InvariantCulture),
        ["Deployments:llm:Planner:admissionMode"] = "autoset",
        ["Deployments:llm:Planner:prefillEngine:tp"] = "1",
        ["Deployments:llm:Planner:decodeEngine:tp"] = "1",
        ["Deployments:llm:Planner:gpuLimits:minWatts"] = "200",
        ["Deployments:llm:Planner:gpuLimits:maxWatts"] = "700",
        ["Deployments:llm:Planner:tdpWatts"] = "700",
        ["Deployments:llm:Planner:performance:kind"] = "fixed",
        ["Deployments:llm:Planner:performance:ttftMs"] = "120",
        ["Deployments:llm:Planner:performance:itlMs"] = "20",
        ["Deployments:llm:Planner:performance:maxKvTokens"] = KvTokens.ToString(CultureInfo.InvariantCulture),
        ["Deployments:llm:Planner:performance:prefillPowerW"] = "620",
        ["Deployments:llm:Planner:performance:decodePowerW"] = "450",
    };

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        await _loop;
        foreach (var frontend in Frontends)
        {
            await frontend.DisposeAsync();
        }

        await _exporter!.DisposeAsync();
        await Cluster.DisposeAsync();
        _ends.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Step, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ends.Token))
            {
                Advance();
            }
        }
        catch (OperationCanceledException)
        {
            // The way this ends.
        }
    }

    // As much as has passed, however late the timer: a machine that stalls stalls host and fleet alike.
    private void Advance()
    {
        var now = _time.GetTimestamp();
        var seconds = _time.GetElapsedTime(_stepped, now).TotalSeconds;
        _stepped = now;
        lock (_state)
        {
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            var agentsAct = _clock.Elapsed >= _agentsActAt;
            if (agentsAct)
            {
                _agentsActAt = _clock.Elapsed + AgentInterval;
            }

            _fleet.Machine.ScaleByHand(FleetRole.Prefill, Cluster.Replicas("deployments", PrefillScale));
            _fleet.Machine.ScaleByHand(FleetRole.Decode, Cluster.Replicas("dynamocomponentdeployments", DecodeScale));
            var prefill = Drive(FleetRole.Prefill, PrefillScale, agentsAct);
            var decode = Drive(FleetRole.Decode, DecodeScale, agentsAct);
            var admission = _gate.Admit(OfferedRequestsPerSecond, Frontends.ConvertAll(frontend => frontend.Entry), _fleet.Machine.State, _clock.Elapsed);
            _fleet.Step(_tick++, new OfferedLoad(admission.Sum(), Isl, Osl));
            var truth = _fleet.Truth;
            var watts = Meter(prefill, truth.PrefillWattsPerGpu, seconds) + Meter(decode, truth.DecodeWattsPerGpu, seconds);
            var each = OfferedRequestsPerSecond / _meters.Count;
            for (var i = 0; i < _meters.Count; i++)
            {
                _meters[i].Count(each * seconds, admission[i] * seconds, truth.TtftMs / 1000, truth.ItlMs / 1000);
            }

            var state = _fleet.Machine.State;
            _history.Add(new FleetMoment(
                _time.GetElapsedTime(_begun, now),
                watts,
                OfferedRequestsPerSecond,
                admission.Sum(),
                truth.TtftMs,
                truth.ItlMs,
                state.Prefill!.Ready,
                state.Decode!.Ready,
                state.Prefill.EffectiveCapWatts ?? 0,
                state.Decode.EffectiveCapWatts ?? 0));
        }
    }

    private IReadOnlyList<SimulatedPod> Drive(FleetRole role, string scale, bool agentsAct)
    {
        var state = _fleet.Machine.State.Of(role)!;
        var pods = Cluster.Drive(scale, state.Ready, state.Terminating, agentsAct);

        // The simulator knows one cap for a role: the highest, so that it errs on the side of drawing too much.
        if (pods.Max(pod => pod.CapWatts) is { } cap && cap != state.EffectiveCapWatts)
        {
            _fleet.Machine.CapByHand(role, cap);
        }

        return pods;
    }

    private double Meter(IReadOnlyList<SimulatedPod> pods, double watts, double seconds)
    {
        var sum = 0.0;
        foreach (var pod in pods)
        {
            var drawn = pod.IsReady ? watts : Math.Min(pod.CapWatts ?? NameplateWatts, 0.7 * NameplateWatts);
            sum += drawn;
            if (!_gpus.TryGetValue(pod.Name, out var gpu))
            {
                _gpus.Add(pod.Name, gpu = new GpuMeter());
            }

            gpu.Watts = drawn;
            gpu.CapWatts = pod.CapWatts ?? NameplateWatts;
            gpu.Millijoules += drawn * seconds * 1000;
            gpu.SeenAt = _tick;
        }

        return sum;
    }

    private string GpuMetrics()
    {
        var text = new StringBuilder();
        lock (_state)
        {
            foreach (var (pod, gpu) in _gpus.Where(gpu => gpu.Value.SeenAt == _tick))
            {
                var labels = $"{{UUID=\"GPU-{pod}\",namespace=\"{FakeApiServer.Namespace}\",pod=\"{pod}\"}}";
                text.Append(CultureInfo.InvariantCulture, $"DCGM_FI_DEV_POWER_USAGE{labels} {gpu.Watts:F3}\n")
                    .Append(CultureInfo.InvariantCulture, $"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{labels} {gpu.Millijoules:F0}\n")
                    .Append(CultureInfo.InvariantCulture, $"DCGM_FI_DEV_POWER_MGMT_LIMIT{labels} {gpu.CapWatts}\n")
                    .Append(CultureInfo.InvariantCulture, $"worker_max_num_batched_tokens{labels} {MaxBatchedTokens}\n");
            }
        }

        return text.ToString();
    }

    private sealed class GpuMeter
    {
        public double Watts { get; set; }

        public int CapWatts { get; set; }

        public double Millijoules { get; set; }

        public int SeenAt { get; set; }
    }
}
