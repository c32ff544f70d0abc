using System.Text.Json;
using System.Text.Json.Nodes;

namespace PlannerHost.Demo;

/// <summary>A frontend on loopback that keeps busy thresholds as the real one does: per process, absent = leave as is, 404 before the model is registered.</summary>
internal sealed class FakeFrontend : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private JsonObject? _entry;
    private Loopback? _server;

    public Uri Address => _server!.Address;

    public bool IsRegistered { get; set; } = true;

    /// <summary>A status to answer every write with instead of taking it; null = take it.</summary>
    public int? WriteStatus { get; set; }

    /// <summary>Accepts writes and forgets them.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>Holds every request until it completes.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    /// <summary>What <c>/metrics</c> answers; null = nothing.</summary>
    public Func<string>? Metrics { get; set; }

    public int Writes { get; private set; }

    public JsonObject? Entry
    {
        get
        {
            lock (_lock)
            {
                return _entry;
            }
        }
    }

    public static async Task<FakeFrontend> StartAsync()
    {
        var frontend = new FakeFrontend();
        frontend._server = await Loopback.StartAsync(frontend.AnswerAsync);
        return frontend;
    }

    /// <summary>A new process at the same address: it has forgotten everything.</summary>
    public async Task RestartAsync()
    {
        await _server!.DisposeAsync();
        _entry = null;
        await _server.ListenAsync();
    }

    public Task StopAsync() => _server!.DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        await Hold.WaitAsync(context.RequestAborted);
        if (Metrics is { } metrics && context.Request.Path == "/metrics")
        {
            context.Response.ContentType = "text/plain; version=0.0.4";
            await context.Response.WriteAsync(metrics(), context.RequestAborted);
        }
        else if (context.Request.Path != "/busy_threshold")
        {
            context.Response.StatusCode = 404;
        }
        else if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.WriteAsJsonAsync(new JsonObject { ["thresholds"] = Entry is { } entry ? new JsonArray(entry.DeepClone()) : [] }, context.RequestAborted);
        }
        else
        {
            Writes++;
            var sent = (await JsonSerializer.DeserializeAsync<JsonObject>(context.Request.Body, cancellationToken: context.RequestAborted))!;
            context.Response.StatusCode = WriteStatus ?? (IsRegistered ? 200 : 404);
            if (context.Response.StatusCode == 200 && !IsDeaf)
            {
                lock (_lock)
                {
                    var next = (JsonObject?)_entry?.DeepClone() ?? [];
                    foreach (var (name, value) in sent.Where(field => field.Value is not null))
                    {
                        next[name] = value!.DeepClone();
                    }

                    _entry = next;
                }
            }
        }
    }
}
