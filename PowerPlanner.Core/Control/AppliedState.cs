using PowerPlanner.Admission;

namespace PowerPlanner.Control;

/// <summary>What is in effect, as far as the actuator has confirmed it. In aggregated mode decode stands for the engines and prefill has none.</summary>
/// <param name="PrefillReplicas">Prefill replicas that run, those that start included.</param>
/// <param name="DecodeReplicas">Decode replicas or engines that run, those that start included.</param>
/// <param name="PrefillCapWatts">Cap in force on prefill GPUs, W; the last one where none runs. In aggregated mode that of the engines.</param>
/// <param name="DecodeCapWatts">Cap in force on decode GPUs or engines, W.</param>
/// <param name="Thresholds">The thresholds that every frontend has acknowledged; null where they have none in common.</param>
public readonly record struct AppliedState(int PrefillReplicas, int DecodeReplicas, int PrefillCapWatts, int DecodeCapWatts, AdmissionThresholds? Thresholds);
