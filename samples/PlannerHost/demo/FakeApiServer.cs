using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using k8s;

namespace PlannerHost.Demo;

/// <summary>
/// As much of a Kubernetes API server as the adapter speaks to, over real HTTP on loopback: pods (list in pages, watch, merge patch), scale
/// subresources and leases, with versions and conflicts, and faults on demand. Replicas of a scaled resource become pods, and the nodes' agents
/// report caps, when <see cref="Settle"/> says so.
/// </summary>
internal sealed class FakeApiServer : IAsyncDisposable
{
    public const string Namespace = "llm";
    public const string CapAnnotation = "dynamo.nvidia.com/gpu-power-limit";
    public const string EffectiveAnnotation = "dynamo.nvidia.com/gpu-power-limit-effective";

    private readonly Lock _state = new();
    private readonly SortedDictionary<string, JsonObject> _pods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonObject> _leases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Replicas, Dictionary<string, string> Labels)> _scales = new(StringComparer.Ordinal);
    private readonly List<Channel<(string Type, JsonObject Pod)>> _watches = [];
    private readonly List<ApiFault> _faults = [];
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly CancellationTokenSource _ends = new();
    private readonly WebApplication _app;
    private long _version = 100;
    private int _made;

    private FakeApiServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>Method, path and query of every request, in order.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public IEnumerable<string> Writes => Requests.Where(request => !request.StartsWith("GET", StringComparison.Ordinal));

    /// <summary>The range that the nodes' agents move caps into.</summary>
    public (int Min, int Max) GpuRange { get; set; } = (200, 700);

    /// <summary>The bearer token that requests must carry; null = none.</summary>
    public string? Token { get; set; }

    public int PageLimit { get; set; } = int.MaxValue;

    public static async Task<FakeApiServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new FakeApiServer(app);
        app.Run(server.HandleAsync);
        await app.StartAsync();
        return server;
    }

    public k8s.Kubernetes CreateClient(string? token = null) => new(new KubernetesClientConfiguration { Host = Address.ToString(), AccessToken = token });

    public void AddScale(string plural, string name, int replicas, params (string Key, string Value)[] labels)
    {
        lock (_state)
        {
            _scales[$"{plural}/{name}"] = (replicas, labels.ToDictionary(label => label.Key, label => label.Value));
            for (var i = 0; i < replicas; i++)
            {
                AddPod($"{name}-{++_made}", labels.ToDictionary(label => label.Key, label => label.Value), ready: true);
            }
        }
    }

    public int Replicas(string plural, string name)
    {
        lock (_state)
        {
            return _scales[$"{plural}/{name}"].Replicas;
        }
    }

    /// <summary>A pod of the cluster, changed in place by <paramref name="change"/>.</summary>
    public void ChangePod(string name, Action<JsonObject> change)
    {
        lock (_state)
        {
            change(_pods[name]);
            Touch(_pods[name], "MODIFIED");
        }
    }

    public void Annotate(string pod, string annotation, string? value) => ChangePod(pod, json =>
    {
        var annotations = json["metadata"]!["annotations"]!.AsObject();
        annotations.Remove(annotation);
        if (value is not null)
        {
            annotations[annotation] = value;
        }
    });

    public IReadOnlyList<string> PodNames
    {
        get
        {
            lock (_state)
            {
                return [.. _pods.Keys];
            }
        }
    }

    public string? Annotation(string pod, string annotation)
    {
        lock (_state)
        {
            return (string?)_pods[pod]["metadata"]!["annotations"]![annotation];
        }
    }

    public void AddPod(string name, Dictionary<string, string> labels, bool ready, int gpus = 1)
    {
        lock (_state)
        {
            var pod = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Pod",
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = Namespace,
                    ["uid"] = Guid.NewGuid().ToString(),
                    ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create<string, JsonNode?>(label.Key, label.Value))),
                    ["annotations"] = new JsonObject(),
                },
                ["spec"] = new JsonObject
                {
                    ["containers"] = new JsonArray(new JsonObject
                    {
                        ["name"] = "engine",
                        ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["containerPort"] = 8000 }),
                        ["resources"] = new JsonObject { ["limits"] = new JsonObject { ["nvidia.com/gpu"] = gpus.ToString(CultureInfo.InvariantCulture) } },
                    }),
                },
                ["status"] = new JsonObject { ["phase"] = "Pending" },
            };
            _pods[name] = pod;
            if (ready)
            {
                MakeReady(pod);
            }

            Touch(pod, "ADDED");
        }
    }

    /// <summary>A pod of a frontend that listens at an address.</summary>
    public void AddFrontend(string name, Uri address)
    {
        AddPod(name, new Dictionary<string, string> { ["app"] = "llm", ["component"] = "frontend" }, ready: true);
        ChangePod(name, pod => pod["spec"]!["containers"]![0]!["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["containerPort"] = address.Port }));
        ChangePod(name, pod => pod["status"]!["podIP"] = address.Host);
    }

    public static void MakeReady(JsonObject pod) => pod["status"] = new JsonObject
    {
        ["phase"] = "Running",
        ["podIP"] = pod["status"]?["podIP"]?.DeepClone() ?? "10.0.0.7",
        ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }),
        ["containerStatuses"] = new JsonArray(new JsonObject { ["name"] = "engine", ["state"] = new JsonObject { ["running"] = new JsonObject() } }),
    };

    public void RemovePod(string name)
    {
        lock (_state)
        {
            var pod = _pods[name];
            _pods.Remove(name);
            Touch(pod, "DELETED");
        }
    }

    /// <summary>Pods that start are ready, pods that go are gone, and the agents have applied and reported every cap.</summary>
    public void Settle()
    {
        lock (_state)
        {
            foreach (var (name, pod) in _pods.ToList())
            {
                if (pod["metadata"]!["deletionTimestamp"] is not null)
                {
                    RemovePod(name);
                    continue;
                }

                MakeReady(pod);
                var annotations = pod["metadata"]!["annotations"]!.AsObject();
                if (int.TryParse((string?)annotations[CapAnnotation], NumberStyles.None, CultureInfo.InvariantCulture, out var cap))
                {
                    annotations[EffectiveAnnotation] = Math.Clamp(cap, GpuRange.Min, GpuRange.Max).ToString(CultureInfo.InvariantCulture);
                }

                Touch(pod, "MODIFIED");
            }
        }
    }

    /// <summary>
    /// Lets the pods of a scaled resource go where a simulation has them: so many ready, so many still on their way out; where the nodes' agents act, pods
    /// that wait for them start and every cap that is asked for is in force.
    /// </summary>
    /// <returns>The pods that draw power.</returns>
    public IReadOnlyList<SimulatedPod> Drive(string scale, int ready, int terminating, bool agentsAct)
    {
        lock (_state)
        {
            var all = _pods.Where(pod => pod.Key.StartsWith($"{scale}-", StringComparison.Ordinal)).OrderBy(pod => int.Parse(pod.Key[(scale.Length + 1)..], CultureInfo.InvariantCulture)).ToList();
            var leaving = all.Where(pod => pod.Value["metadata"]!["deletionTimestamp"] is not null).ToList();
            foreach (var (name, pod) in leaving.Take(leaving.Count - terminating).ToList())
            {
                RemovePod(name);
                leaving.RemoveAt(0);
                all.RemoveAll(other => ReferenceEquals(other.Value, pod));
            }

            var live = 0;
            foreach (var (_, pod) in all)
            {
                var isLeaving = pod["metadata"]!["deletionTimestamp"] is not null;
                var before = pod.ToJsonString();
                var annotations = pod["metadata"]!["annotations"]!.AsObject();
                var asked = int.TryParse((string?)annotations[CapAnnotation], NumberStyles.None, CultureInfo.InvariantCulture, out var watts) ? Math.Clamp(watts, GpuRange.Min, GpuRange.Max) : (int?)null;
                if (agentsAct && asked is { } cap)
                {
                    annotations[EffectiveAnnotation] = cap.ToString(CultureInfo.InvariantCulture);
                    if ((string?)pod["status"]!["phase"] == "Pending")
                    {
                        MakeReady(pod);
                        pod["status"]!["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "False" });
                    }
                }

                if (!isLeaving && live++ < ready && annotations[EffectiveAnnotation] is not null)
                {
                    MakeReady(pod);
                }

                if (pod.ToJsonString() != before)
                {
                    Touch(pod, "MODIFIED");
                }
            }

            return [.. all.Where(pod => (string?)pod.Value["status"]!["phase"] == "Running").Select(pod => new SimulatedPod(
                pod.Key,
                (string?)pod.Value["status"]!["conditions"]![0]!["status"] == "True",
                int.TryParse((string?)pod.Value["metadata"]!["annotations"]![EffectiveAnnotation], NumberStyles.None, CultureInfo.InvariantCulture, out var inForce) ? inForce : null))];
        }
    }

    public ApiFault Inject(ApiFault fault)
    {
        lock (_state)
        {
            _faults.Add(fault);
        }

        return fault;
    }

    public void Heal()
    {
        lock (_state)
        {
            _faults.Clear();
        }
    }

    public void ClearRequests() => _requests.Clear();

    public JsonObject? Lease(string name)
    {
        lock (_state)
        {
            return _leases.TryGetValue(name, out var lease) ? (JsonObject)lease.DeepClone() : null;
        }
    }

    /// <summary>Writes a lease as another host would.</summary>
    public void ChangeLease(string name, Action<JsonObject> change)
    {
        lock (_state)
        {
            change(_leases[name]["spec"]!.AsObject());
            _leases[name]["metadata"]!["resourceVersion"] = NextVersion();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        using var soon = new CancellationTokenSource();
        await soon.CancelAsync();
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
        _ends.Dispose();
    }

    private string NextVersion() => (++_version).ToString(CultureInfo.InvariantCulture);

    private void Touch(JsonObject pod, string type)
    {
        pod["metadata"]!["resourceVersion"] = NextVersion();
        foreach (var watch in _watches)
        {
            watch.Writer.TryWrite((type, (JsonObject)pod.DeepClone()));
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        _requests.Enqueue($"{request.Method} {request.Path}{request.QueryString}");
        if (Token is { } token && request.Headers.Authorization != $"Bearer {token}")
        {
            await StatusAsync(context, 401);
            return;
        }

        ApiFault? fault;
        lock (_state)
        {
            fault = _faults.FirstOrDefault(candidate => candidate.Strikes(request));
        }

        if (fault is not null)
        {
            if (fault.ActsFirst)
            {
                await ServeAsync(request);
            }

            if (fault.Cuts)
            {
                context.Abort();
                return;
            }

            if (fault.Status == 0)
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ends.Token);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, either.Token).ContinueWith(_ => { }, TaskScheduler.Default);
                return;
            }

            if (fault.RetryAfter is { } pause)
            {
                context.Response.Headers.RetryAfter = pause;
            }

            await StatusAsync(context, fault.Status);
            return;
        }

        if (request.Query["watch"] == "true")
        {
            await WatchAsync(context);
            return;
        }

        var (status, body) = await ServeAsync(request);
        context.Response.StatusCode = status;
        if (body is not null)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(body);
        }
        else
        {
            await StatusAsync(context, status);
        }
    }

    private static async Task StatusAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"as the test wants it","code":{{status}}}""");
    }

    private async Task<(int Status, string? Body)> ServeAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        var path = request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        lock (_state)
        {
            return path switch
            {
                ["api", "v1", "namespaces", Namespace, "pods"] when request.Method == "GET" => (200, List(request)),
                ["api", "v1", "namespaces", Namespace, "pods", var pod] when request.Method == "PATCH" => PatchPod(pod, request, body),
                ["apis", _, _, "namespaces", Namespace, var plural, var name, "scale"] => Scale($"{plural}/{name}", name, request, body),
                ["apis", "coordination.k8s.io", "v1", "namespaces", Namespace, "leases"] when request.Method == "POST" => CreateLease(body),
                ["apis", "coordination.k8s.io", "v1", "namespaces", Namespace, "leases", var lease] => Lease(lease, request.Method, body),
                _ => (404, null),
            };
        }
    }

    private string List(HttpRequest request)
    {
        var matching = _pods.Values.Where(pod => Matches(pod, request.Query["labelSelector"])).ToList();
        var from = int.TryParse(request.Query["continue"], NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? start : 0;
        var limit = Math.Min(PageLimit, int.TryParse(request.Query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : int.MaxValue);
        var page = matching.Skip(from).Take(limit).ToList();
        var metadata = new JsonObject { ["resourceVersion"] = _version.ToString(CultureInfo.InvariantCulture) };
        if (from + page.Count < matching.Count)
        {
            metadata["continue"] = (from + page.Count).ToString(CultureInfo.InvariantCulture);
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PodList",
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. page.Select(pod => pod.DeepClone())]),
        }.ToJsonString();
    }

    private static bool Matches(JsonObject pod, string? selector) =>
        string.IsNullOrEmpty(selector) || selector.Split(',').All(term => term.Split('=') is [var key, var value] && (string?)pod["metadata"]!["labels"]![key] == value);

    private (int Status, string? Body) PatchPod(string name, HttpRequest request, string body)
    {
        if (request.ContentType?.StartsWith("application/merge-patch+json", StringComparison.Ordinal) != true)
        {
            return (415, null);
        }

        if (!_pods.TryGetValue(name, out var pod))
        {
            return (404, null);
        }

        var patch = JsonNode.Parse(body)!.AsObject();
        if (patch["metadata"]?["uid"] is { } uid && (string?)uid != (string?)pod["metadata"]!["uid"])
        {
            return (409, null);
        }

        Merge(pod, patch);
        Touch(pod, "MODIFIED");
        return (200, pod.ToJsonString());
    }

    // RFC 7386.
    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            if (value is null)
            {
                target.Remove(key);
            }
            else if (value is JsonObject inner && target[key] is JsonObject there)
            {
                Merge(there, inner);
            }
            else
            {
                target[key] = value.DeepClone();
            }
        }
    }

    private (int Status, string? Body) Scale(string key, string name, HttpRequest request, string body)
    {
        if (!_scales.TryGetValue(key, out var scale))
        {
            return (404, null);
        }

        if (request.Method == "PATCH")
        {
            if (request.ContentType?.StartsWith("application/merge-patch+json", StringComparison.Ordinal) != true)
            {
                return (415, null);
            }

            scale.Replicas = (int)JsonNode.Parse(body)!["spec"]!["replicas"]!;
            _scales[key] = scale;
            Reconcile(name, scale.Replicas, scale.Labels);
        }

        return (200, new JsonObject
        {
            ["apiVersion"] = "autoscaling/v1",
            ["kind"] = "Scale",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace },
            ["spec"] = new JsonObject { ["replicas"] = scale.Replicas },
            ["status"] = new JsonObject { ["replicas"] = scale.Replicas },
        }.ToJsonString());
    }

    private void Reconcile(string name, int replicas, Dictionary<string, string> labels)
    {
        var live = _pods.Values.Where(pod => ((string)pod["metadata"]!["name"]!).StartsWith($"{name}-", StringComparison.Ordinal) && pod["metadata"]!["deletionTimestamp"] is null).ToList();
        for (var i = live.Count; i < replicas; i++)
        {
            AddPod($"{name}-{++_made}", labels, ready: false);
        }

        foreach (var pod in live.Skip(replicas))
        {
            pod["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z";
            Touch(pod, "MODIFIED");
        }
    }

    private (int Status, string? Body) CreateLease(string body)
    {
        var lease = JsonNode.Parse(body)!.AsObject();
        var name = (string)lease["metadata"]!["name"]!;
        if (_leases.ContainsKey(name))
        {
            return (409, null);
        }

        lease["metadata"]!["resourceVersion"] = NextVersion();
        _leases[name] = lease;
        return (201, lease.ToJsonString());
    }

    private (int Status, string? Body) Lease(string name, string method, string body)
    {
        if (!_leases.TryGetValue(name, out var lease))
        {
            return (404, null);
        }

        if (method == "PUT")
        {
            var next = JsonNode.Parse(body)!.AsObject();
            if ((string?)next["metadata"]?["resourceVersion"] != (string?)lease["metadata"]!["resourceVersion"])
            {
                return (409, null);
            }

            next["metadata"]!["resourceVersion"] = NextVersion();
            _leases[name] = lease = next;
        }

        return (200, lease.ToJsonString());
    }

    private async Task WatchAsync(HttpContext context)
    {
        var channel = Channel.CreateUnbounded<(string Type, JsonObject Pod)>();
        var selector = (string?)context.Request.Query["labelSelector"];
        lock (_state)
        {
            foreach (var pod in _pods.Values)
            {
                channel.Writer.TryWrite(("ADDED", (JsonObject)pod.DeepClone()));
            }

            _watches.Add(channel);
        }

        context.Response.ContentType = "application/json";
        await context.Response.Body.FlushAsync();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ends.Token);
        try
        {
            await foreach (var (type, pod) in channel.Reader.ReadAllAsync(either.Token))
            {
                if (Matches(pod, selector))
                {
                    await context.Response.WriteAsync(new JsonObject { ["type"] = type, ["object"] = pod }.ToJsonString() + "\n", either.Token);
                    await context.Response.Body.FlushAsync(either.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            lock (_state)
            {
                _watches.Remove(channel);
            }
        }
    }

    /// <summary>Ends every watch, as a server that restarts does.</summary>
    public void EndWatches()
    {
        lock (_state)
        {
            foreach (var watch in _watches)
            {
                watch.Writer.TryComplete();
            }
        }
    }
}

/// <summary>A pod that runs in a simulated cluster.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsReady">Whether it serves.</param>
/// <param name="CapWatts">The cap in force on its GPUs, W; null = none.</param>
internal sealed record SimulatedPod(string Name, bool IsReady, int? CapWatts);
