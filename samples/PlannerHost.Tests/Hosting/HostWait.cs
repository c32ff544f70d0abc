using Microsoft.Extensions.Logging.Testing;

namespace PlannerHost.Tests.Hosting;

/// <summary>Waits for what a whole host must come to. Its loop ticks by the real clock; nothing is judged by how long it takes.</summary>
internal static class HostWait
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Returns when it is true; fails with the host's log where it never is.</summary>
    public static async Task UntilAsync(FakeLogCollector logs, Func<Task<bool>> isTrue)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            while (!await isTrue())
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            Assert.Fail($"It did not come to that in {Limit.TotalMinutes} minutes. The log:\n{string.Join('\n', logs.GetSnapshot().Select(record => record.ToString()))}");
        }
    }
}
