using PowerPlanner.Control;

namespace PowerPlanner.Testing.Conformance;

/// <summary>What <see cref="ActuatorConformance"/> may do to the deployment under test.</summary>
public sealed class ActuatorConformanceOptions
{
    /// <summary>The role whose cap and count are changed. Default: decode.</summary>
    public FleetRole Role { get; set; } = FleetRole.Decode;

    /// <summary>A cap that the GPUs accept, W; at least 1. Default 400.</summary>
    public int CapWatts { get; set; } = 400;

    /// <summary>A second cap that they accept, W; another one than <see cref="CapWatts"/>. Default 450.</summary>
    public int OtherCapWatts { get; set; } = 450;

    /// <summary>Replicas to set; at least 0. Default 2.</summary>
    public int Replicas { get; set; } = 2;

    /// <summary>Replicas to set after that; another number. Default 1.</summary>
    public int OtherReplicas { get; set; } = 1;

    /// <summary>Revision of the first command; the others follow. At least 1. Default 1.</summary>
    public long FirstRevision { get; set; } = 1;

    /// <summary>
    /// Lets time pass until what was asked for may have taken effect: advances a simulated clock, or waits. Null = commands take effect at once.
    /// </summary>
    public Func<CancellationToken, ValueTask>? SettleAsync { get; set; }

    /// <summary>
    /// Lets a little of that time pass, so that what is on its way can be seen: caps that some GPUs have and others not, replicas that drain. It is
    /// called several times before <see cref="SettleAsync"/>. Null = only the beginning and the end are seen.
    /// </summary>
    public Func<CancellationToken, ValueTask>? StepAsync { get; set; }

    /// <summary>
    /// Makes the caps of one or more replicas of the role unreadable, as when their agents do not answer; returns what ends that. Null = unread caps are not tested.
    /// </summary>
    public Func<IDisposable>? SilenceCaps { get; set; }

    /// <summary>
    /// Makes the next command that sets a cap be refused, as by a denied write; returns what ends that. Null = refusals are not tested.
    /// </summary>
    public Func<IDisposable>? RefuseCaps { get; set; }

    /// <summary>How long a call may take, and a cancelled one may linger, by the system's clock. Default 10 s.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
