namespace PowerPlanner.Control;

/// <summary>
/// Whether the controller raises a cap by a small step to learn whether it hides demand: draw under an enforced cap never exceeds the
/// cap, so a reading alone cannot tell.
/// </summary>
public enum CapProbing
{
    /// <summary>Probe where the budget has room. The default.</summary>
    On,

    /// <summary>Never probe.</summary>
    Off,
}
