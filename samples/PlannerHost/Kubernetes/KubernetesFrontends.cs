using System.Net;
using System.Net.Sockets;
using k8s;
using k8s.Models;
using PlannerHost.Frontends;

namespace PlannerHost.Kubernetes;

/// <summary>Finds the frontends of a deployment among the pods: each by its own address, as every one keeps thresholds of its own. Thread-safe.</summary>
/// <param name="client">The API server.</param>
/// <param name="options">Namespace, time limits and retries.</param>
/// <param name="labelSelector">Label selector of the frontends' pods.</param>
/// <param name="portName">Name of the container port. The reference's frontends call it <c>http</c>.</param>
/// <param name="fallbackPort">The port of pods that name none so; null = such pods have no address.</param>
/// <param name="time">The clock of time limits and pauses.</param>
internal sealed class KubernetesFrontends(IKubernetes client, KubernetesOptions options, string labelSelector, string portName, int? fallbackPort, TimeProvider time) : IFrontendDirectory
{
    private readonly KubernetesPods _pods = new(client, new ApiCaller(options, time), options);

    /// <summary>The frontends that run or start, by name. Those on their way out are left out: they take no new requests.</summary>
    /// <exception cref="KubernetesApiException">The pods cannot be listed.</exception>
    /// <exception cref="TimeoutException">No answer in time.</exception>
    public async ValueTask<IReadOnlyList<FrontendEndpoint>> ListAsync(CancellationToken cancellationToken) =>
    [
        .. (await _pods.ListRawAsync(labelSelector, cancellationToken))
            .Where(pod => pod.Metadata?.DeletionTimestamp is null && pod.Status?.Phase is not ("Succeeded" or "Failed"))
            .Select(pod => new FrontendEndpoint(pod.Name() ?? "", Address(pod)))
            .OrderBy(frontend => frontend.Name, StringComparer.Ordinal),
    ];

    // The address is parsed, not pasted: whatever is not one would otherwise name a host of its own choosing.
    private Uri? Address(V1Pod pod)
    {
        var port = (pod.Spec?.Containers ?? []).SelectMany(container => container.Ports ?? []).FirstOrDefault(port => port.Name == portName)?.ContainerPort ?? fallbackPort;
        return port is >= 1 and <= 65535 && IPAddress.TryParse(pod.Status?.PodIP, out var address)
            ? new UriBuilder(Uri.UriSchemeHttp, address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString(), port.Value).Uri
            : null;
    }
}
