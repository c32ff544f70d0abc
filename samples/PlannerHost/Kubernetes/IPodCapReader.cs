namespace PlannerHost.Kubernetes;

/// <summary>Says which cap is in force on the GPUs of each pod, from a source other than Kubernetes.</summary>
internal interface IPodCapReader
{
    /// <summary>The caps in force, by the pod's name. Pods that are not known are missing.</summary>
    /// <param name="podNamespace">Namespace of the pods.</param>
    /// <param name="cancellationToken">Cancelled when the tick is.</param>
    ValueTask<IReadOnlyDictionary<string, PodCap>> ReadAsync(string podNamespace, CancellationToken cancellationToken);
}
