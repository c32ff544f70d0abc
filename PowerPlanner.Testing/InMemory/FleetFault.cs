namespace PowerPlanner.Testing.InMemory;

/// <summary>A fault to inject into an <see cref="InMemoryFleet"/>. Immutable.</summary>
public sealed record FleetFault
{
    /// <summary>What the struck calls do.</summary>
    public required FleetFaultKind Kind { get; init; }

    /// <summary>Which calls are struck. Default: every command.</summary>
    public FleetFaultTarget Target { get; init; } = FleetFaultTarget.Commands;

    /// <summary>Only calls to this frontend; null = any. Used with <see cref="FleetFaultTarget.Admission"/> only.</summary>
    public string? Frontend { get; init; }

    /// <summary>Calls to strike, at least 1; null = all until <see cref="InMemoryFleet.ClearFaults"/>.</summary>
    public int? Count { get; init; }

    /// <summary>How late a command takes effect under <see cref="FleetFaultKind.TakeEffectLate"/>, by the fleet's clock; at least 0.</summary>
    public TimeSpan Delay { get; init; }
}
