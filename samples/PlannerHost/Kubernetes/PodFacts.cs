using k8s.Models;

namespace PlannerHost.Kubernetes;

/// <summary>What of a pod counts for a planner. Immutable.</summary>
internal sealed record PodFacts
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Identity: a pod made anew under the same name has another.</summary>
    public required string Uid { get; init; }

    /// <summary>What the pod does.</summary>
    public required PodPhase Phase { get; init; }

    /// <summary>
    /// Whether a process of the pod may run, and draw power above idle. Before its first container has started none can.
    /// </summary>
    public required bool MayDraw { get; init; }

    /// <summary>The text of the annotation that asks for a cap; null where there is none.</summary>
    public string? RequestedCap { get; init; }

    /// <summary>The cap that the node's agent says is in force, W; null = unknown.</summary>
    public int? ReportedCapWatts { get; init; }

    /// <summary>GPUs; null = none declared.</summary>
    public int? Gpus { get; init; }

    /// <summary>The template that the pod was made of, and whose template it is: pods of one owner with different revisions are a rollout. Null = not known.</summary>
    public (string Owner, string Revision)? Revision { get; init; }

    /// <summary>Reads a pod.</summary>
    /// <returns>Null for a pod whose containers have all ended: it has no process any more, though it is still listed.</returns>
    public static PodFacts? Of(V1Pod pod, KubernetesOptions options)
    {
        if (pod.Status?.Phase is "Succeeded" or "Failed")
        {
            return null;
        }

        var isReady = pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) ?? false;
        return new PodFacts
        {
            Name = pod.Name() ?? "",
            Uid = pod.Uid() ?? "",
            Phase = pod.Metadata?.DeletionTimestamp is not null ? PodPhase.Terminating : isReady ? PodPhase.Ready : PodPhase.Starting,
            MayDraw = isReady || HasStarted(pod.Status),
            RequestedCap = Annotation(pod, options.CapAnnotation),
            ReportedCapWatts = CapAnnotation.Parse(Annotation(pod, options.EffectiveCapAnnotation)),
            Gpus = GpusOf(pod.Spec, options.GpuResource),
            Revision = RevisionOf(pod, options.RevisionLabel),
        };
    }

    private static string? Annotation(V1Pod pod, string name) => pod.Metadata?.Annotations is { } annotations && annotations.TryGetValue(name, out var text) ? text : null;

    // A Deployment makes a replica set for each template, so its pods are compared across owners. Each StatefulSet has revisions of its own, and an engine
    // that spans nodes may consist of several such sets.
    private static (string Owner, string Revision)? RevisionOf(V1Pod pod, string? label)
    {
        if (pod.Metadata?.Labels is not { } labels)
        {
            return null;
        }

        if (labels.TryGetValue(label ?? "pod-template-hash", out var template))
        {
            return ("", template);
        }

        return label is null && labels.TryGetValue("controller-revision-hash", out var revision)
            ? (pod.Metadata.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true)?.Uid ?? "", revision)
            : null;
    }

    // A phase that the node does not report any more says nothing: such a pod may well run.
    private static bool HasStarted(V1PodStatus? status) =>
        status?.Phase != "Pending"
        || (status.ContainerStatuses ?? []).Concat(status.InitContainerStatuses ?? []).Any(container => container.State?.Running is not null || container.State?.Terminated is not null || container.RestartCount > 0);

    // As the scheduler counts: containers and sidecars run together, ordinary init containers one by one before them.
    private static int? GpusOf(V1PodSpec? spec, string resource)
    {
        long together = 0;
        long alone = 0;
        foreach (var container in spec?.Containers ?? [])
        {
            together += GpusOf(container, resource);
        }

        foreach (var container in spec?.InitContainers ?? [])
        {
            if (container.RestartPolicy == "Always")
            {
                together += GpusOf(container, resource);
            }
            else
            {
                alone = Math.Max(alone, GpusOf(container, resource));
            }
        }

        return Math.Max(together, alone) is >= 1 and <= 1024 and var gpus ? (int)gpus : null;
    }

    private static long GpusOf(V1Container container, string resource)
    {
        if (container.Resources?.Limits is not { } limits || !limits.TryGetValue(resource, out var quantity) || quantity is null)
        {
            return 0;
        }

        try
        {
            return Math.Clamp(quantity.ToInt64(), 0, 100_000);
        }
        catch (Exception odd) when (odd is OverflowException or FormatException)
        {
            return 0;
        }
    }
}
