using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using k8s;
using k8s.Models;

namespace PlannerHost.Kubernetes;

/// <summary>The pods of a role on the API server: listed, and given their annotation.</summary>
internal sealed class KubernetesPods(IKubernetes client, ApiCaller caller, KubernetesOptions options)
{
    // As kubectl does: a page large enough for most roles, small enough for the server.
    private const int PageSize = 500;

    /// <summary>All pods that a selector matches and that have a process or will have one. Never a part of them: an incomplete list is an error.</summary>
    /// <exception cref="KubernetesApiException">The list cannot be read, or is longer than allowed.</exception>
    /// <exception cref="TimeoutException">A page was not answered in time.</exception>
    public async Task<ImmutableArray<PodFacts>> ListAsync(string labelSelector, CancellationToken cancellationToken) =>
        [.. (await ListRawAsync(labelSelector, cancellationToken)).Select(pod => PodFacts.Of(pod, options)).OfType<PodFacts>().OrderBy(pod => pod.Name, StringComparer.Ordinal)];

    /// <summary>The same pods as the API server has them.</summary>
    /// <inheritdoc cref="ListAsync"/>
    public async Task<IReadOnlyList<V1Pod>> ListRawAsync(string labelSelector, CancellationToken cancellationToken)
    {
        var what = $"listing pods '{labelSelector}' in {options.Namespace}";
        var pods = new List<V1Pod>();
        string? next = null;
        var restarted = false;
        do
        {
            V1PodList page;
            try
            {
                page = await caller.ReadAsync(what, token => client.CoreV1.ListNamespacedPodAsync(options.Namespace, labelSelector: labelSelector, limit: PageSize, continueParameter: next, cancellationToken: token), cancellationToken);
            }
            catch (KubernetesApiException expired) when (expired.Status == HttpStatusCode.Gone && next is not null && !restarted)
            {
                // The list has aged while it was read: from the start, once.
                restarted = true;
                pods.Clear();
                next = null;
                page = await caller.ReadAsync(what, token => client.CoreV1.ListNamespacedPodAsync(options.Namespace, labelSelector: labelSelector, limit: PageSize, cancellationToken: token), cancellationToken);
            }

            pods.AddRange(page.Items ?? []);
            if (pods.Count > options.MaxPods)
            {
                throw new KubernetesApiException(FormattableString.Invariant($"{what}: more than {options.MaxPods} pods match; check the selector, or raise Kubernetes:MaxPods."), null);
            }

            next = page.Metadata?.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));

        return pods;
    }

    /// <summary>Asks for a cap on the GPUs of a pod.</summary>
    /// <returns>False where the pod is not there any more, or is another than it was.</returns>
    /// <inheritdoc cref="ApiCaller.WriteAsync"/>
    public async Task<bool> AskForCapAsync(PodFacts pod, int capWatts, Func<bool> mayWrite, CancellationToken cancellationToken)
    {
        // The identity makes the server answer 409 where a new pod has come under the old name.
        var body = new Dictionary<string, object>
        {
            ["metadata"] = new Dictionary<string, object>
            {
                ["uid"] = pod.Uid,
                ["annotations"] = new Dictionary<string, string> { [options.CapAnnotation] = CapAnnotation.Format(capWatts) },
            },
        };
        var patch = new V1Patch(JsonSerializer.Serialize(body), V1Patch.PatchType.MergePatch);
        try
        {
            await caller.WriteAsync(
                FormattableString.Invariant($"asking for {capWatts} W on pod {options.Namespace}/{pod.Name}"),
                mayWrite,
                token => client.CoreV1.PatchNamespacedPodAsync(patch, pod.Name, options.Namespace, cancellationToken: token),
                cancellationToken);
            return true;
        }
        catch (WriteRefusedException refused) when (refused.Status is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            return false;
        }
        catch (KubernetesApiException afterFailures) when (afterFailures.Status is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            return false;
        }
    }
}
