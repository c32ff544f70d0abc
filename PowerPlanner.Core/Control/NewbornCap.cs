namespace PowerPlanner.Control;

/// <summary>
/// The cap that the GPUs of a replica have from its first instant until the commanded one has been read back. Growth is charged for it: where
/// newborn GPUs draw more than the role's cap allows, replicas come in stages that fit.
/// </summary>
/// <remarks>The default, <see cref="AsCommanded"/>, is right only where no GPU of a new replica can draw power before the commanded cap is in force on it.</remarks>
public readonly record struct NewbornCap
{
    private NewbornCap(int? watts, bool isUnknown) => (Watts, IsUnknown) = (watts, isUnknown);

    /// <summary>New GPUs are under the commanded cap from their first instant: a node agent keeps it, or the cap is set before the process starts.</summary>
    public static NewbornCap AsCommanded => default;

    /// <summary>Nobody knows: new GPUs are charged at the highest cap that the hardware accepts.</summary>
    public static NewbornCap Unknown { get; } = new(null, isUnknown: true);

    /// <summary>The cap, W; null = as commanded, or unknown.</summary>
    public int? Watts { get; }

    /// <summary>Whether new GPUs may have any cap that the hardware accepts.</summary>
    public bool IsUnknown { get; }

    /// <summary>New GPUs start under a cap of their own: a pod template's, or a driver's default.</summary>
    /// <param name="watts">The cap, W; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 W.</exception>
    public static NewbornCap Of(int watts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(watts, 1);
        return new NewbornCap(watts, isUnknown: false);
    }
}
