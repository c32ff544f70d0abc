namespace PowerPlanner.Testing.Simulation;

/// <summary>A quantity of a simulated fleet that can be biased, noisy, late or absent.</summary>
public enum FleetSignal
{
    /// <summary>Draw of a prefill GPU.</summary>
    PowerPrefill,

    /// <summary>Draw of a decode GPU.</summary>
    PowerDecode,

    /// <summary>Time to first token.</summary>
    Ttft,

    /// <summary>Inter-token latency.</summary>
    Itl,

    /// <summary>What the fleet can serve; as a reading, the tokens per second.</summary>
    Capacity,
}
