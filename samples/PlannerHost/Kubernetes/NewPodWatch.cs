using k8s;
using k8s.Autorest;
using PowerPlanner.Control;

namespace PlannerHost.Kubernetes;

/// <summary>
/// Gives pods the cap of their role as they appear, instead of at the next tick. It only hastens what each read does as well, so its failures are no
/// more than a delay.
/// </summary>
internal sealed partial class NewPodWatch(IKubernetes client, KubernetesOptions options, KubernetesActuator actuator, TimeProvider time, ILogger<NewPodWatch> logger) : BackgroundService
{
    // The server ends a watch after this time; a connection that has died without a word is ended by the limit here, a little later.
    private const int WatchSeconds = 300;
    private static readonly TimeSpan WatchLimit = TimeSpan.FromSeconds(WatchSeconds + 30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(actuator.Roles.Select(role => WatchAsync(role, stoppingToken)));

    private async Task WatchAsync(FleetRole role, CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var limit = new CancellationTokenSource(WatchLimit, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stoppingToken);

                // Without a version to begin at, the server first sends every pod that is there.
                await foreach (var (change, pod) in client.CoreV1.WatchListNamespacedPodAsync(options.Namespace, labelSelector: Selector(role), timeoutSeconds: WatchSeconds, onError: null, cancellationToken: either.Token))
                {
                    failures = 0;
                    if (change is WatchEventType.Added or WatchEventType.Modified && PodFacts.Of(pod, options) is { } facts)
                    {
                        await actuator.GreetAsync(role, facts, either.Token);
                    }
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is HttpOperationException or HttpRequestException or IOException or OperationCanceledException or TimeoutException or KubernetesException or KubernetesApiException or WriteRefusedException or System.Text.Json.JsonException)
            {
                if (failures++ == 0)
                {
                    WatchFailing(logger, role, ApiFailure.Describe(failure));
                }
            }

            var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(failures, 10)) * 0.5)) * (0.5 + (Random.Shared.NextDouble() / 2));
            try
            {
                await Task.Delay(pause, time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private string Selector(FleetRole role) => (role switch
    {
        FleetRole.Prefill => options.Prefill,
        FleetRole.Decode => options.Decode,
        _ => options.Aggregated,
    })!.LabelSelector;

    [LoggerMessage(EventId = 211, Level = LogLevel.Warning, Message = "The watch on {Role} pods has failed and is begun again; until then new pods get their cap at the next tick. {Reason}")]
    private static partial void WatchFailing(ILogger logger, FleetRole role, string reason);
}
