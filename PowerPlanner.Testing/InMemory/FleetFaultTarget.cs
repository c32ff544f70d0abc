namespace PowerPlanner.Testing.InMemory;

/// <summary>Which calls a fault strikes.</summary>
public enum FleetFaultTarget
{
    /// <summary>Every command. Reads and observations go on.</summary>
    Commands,

    /// <summary>Commands that set caps.</summary>
    Caps,

    /// <summary>Commands that set replica counts.</summary>
    Replicas,

    /// <summary>Commands that set thresholds, at the frontend that <see cref="FleetFault.Frontend"/> names or at all of them.</summary>
    Admission,

    /// <summary>Reads of the fleet's state.</summary>
    Reads,

    /// <summary>Observations.</summary>
    Observations,
}
