namespace PowerPlanner.Control;

/// <summary>What a command does.</summary>
public enum CommandKind
{
    /// <summary>Sets the power cap of a role's GPUs.</summary>
    SetCap,

    /// <summary>Sets the replica count of a role.</summary>
    SetReplicas,

    /// <summary>Sets the busy thresholds of a frontend.</summary>
    SetThresholds,
}
