using PowerPlanner.Control;
using PowerPlanner.Power;

namespace PowerPlanner.Testing.InMemory;

/// <summary>How one role of an <see cref="InMemoryFleet"/> starts. Immutable.</summary>
public sealed record InMemoryRole
{
    /// <summary>GPUs of one replica; at least 1. Default 1.</summary>
    public int GpusPerReplica { get; init; } = 1;

    /// <summary>Replicas that serve at first; at least 0. Default 0.</summary>
    public int Replicas { get; init; }

    /// <summary>The cap that was asked for at first, W; at least 1. What is in force is that within <see cref="CapLimits"/>.</summary>
    public required int CapWatts { get; init; }

    /// <summary>The caps that the GPUs accept: one outside is moved to the nearer end. Null = any, and no range is reported.</summary>
    public GpuPowerLimits? CapLimits { get; init; }

    /// <summary>How long a new replica starts before it serves; at least 0. Default 0: it serves at once.</summary>
    public TimeSpan StartDelay { get; init; }

    /// <summary>How long a removed replica drains before it is gone; at least 0. Default 0: it is gone at once.</summary>
    public TimeSpan DrainDelay { get; init; }

    /// <summary>How long a cap takes to come into force on the oldest replica; at least 0. Default 0: at once.</summary>
    public TimeSpan CapDelay { get; init; }

    /// <summary>How much longer it takes on each next replica, by age; at least 0. Default 0: all have it together. Above 0, caps are partial on the way.</summary>
    public TimeSpan CapStagger { get; init; }

    /// <summary>
    /// The cap that new replicas have, and report, until the commanded one is in force after <see cref="CapDelay"/> and <see cref="CapStagger"/>. Where it is unknown they have the highest of
    /// <see cref="CapLimits"/>, which must be given, and report none. Default: as commanded.
    /// </summary>
    public NewbornCap NewbornCap { get; init; }

    /// <summary>Whether states count replicas by their caps. Default: no, they have the highest alone.</summary>
    public bool CountsCaps { get; init; }
}
