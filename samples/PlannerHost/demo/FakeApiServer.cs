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
internal sealed partial class FakeApiServer : IAsyncDisposable
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
}
