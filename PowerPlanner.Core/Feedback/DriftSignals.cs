namespace PowerPlanner.Feedback;

/// <summary>What may call for a new plan.</summary>
[Flags]
public enum DriftSignals
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The time to first token misses its target.</summary>
    Ttft = 1,

    /// <summary>The inter-token latency misses its target.</summary>
    Itl = 2,

    /// <summary>More is offered than the plan can carry. Upward only: too little load is no reason to plan anew.</summary>
    Capacity = 4,

    /// <summary>A power coefficient has moved a cap away from the planned one (<see cref="CapDrift"/>).</summary>
    CapDrift = 8,

    /// <summary>Fewer replicas run or start than the plan has.</summary>
    Readiness = 16,

    /// <summary>The deployment draws more than its budget.</summary>
    MeasuredExcess = 32,
}
