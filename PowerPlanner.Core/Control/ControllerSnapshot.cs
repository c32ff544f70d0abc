namespace PowerPlanner.Control;

/// <summary>What a controller must not lose across a restart. Made by <see cref="PowerPlannerController.CreateSnapshot"/>.</summary>
public sealed partial class ControllerSnapshot
{
    /// <summary>The snapshot as JSON, versioned and with a checksum.</summary>
    public string ToJson() => throw new NotImplementedException();

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="InvalidSnapshotException">The text is damaged, of an unknown version, or holds impossible values.</exception>
    public static ControllerSnapshot FromJson(string json) => throw new NotImplementedException();
}
