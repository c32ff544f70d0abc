using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace PlannerHost.Demo;

/// <content>Watches on pods.</content>
internal sealed partial class FakeApiServer
{
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
