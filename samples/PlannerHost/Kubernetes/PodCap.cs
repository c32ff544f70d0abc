namespace PlannerHost.Kubernetes;

/// <summary>The caps in force on the GPUs of a pod, as far as they are known.</summary>
/// <param name="HighestWatts">The highest of them, W.</param>
/// <param name="Gpus">GPUs whose cap is known; fewer than the pod has where one is not reported.</param>
internal readonly record struct PodCap(int HighestWatts, int Gpus);
