using PowerPlanner.Control.Loop;
using PowerPlanner.Control.Snapshots;

namespace PowerPlanner.Control;

/// <summary>
/// What a controller must not lose across a restart: coefficients, plan, targets, commands whose outcome is open, counters, backoffs. Made by
/// <see cref="PowerPlannerController.CreateSnapshot"/>, immutable.
/// </summary>
public sealed class ControllerSnapshot
{
    internal ControllerSnapshot(in LoopState memory) => Memory = memory;

    internal LoopState Memory { get; }

    /// <summary>When the snapshot was taken, by the controller's clock.</summary>
    public DateTimeOffset Taken => Memory.Taken;

    /// <summary>The snapshot as JSON, with its version and a checksum.</summary>
    public string ToJson() => SnapshotJson.Write(Memory);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="InvalidSnapshotException">The text is damaged, of an unknown version, or holds impossible values.</exception>
    public static ControllerSnapshot FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new ControllerSnapshot(SnapshotJson.Read(json));
    }
}
