namespace PowerPlanner.Tests.Control.Chaos;

/// <summary>What may befall a controller and its fleet between two of its calls.</summary>
internal enum ChaosAction
{
    /// <summary>Time passes, an observation comes, the controller ticks.</summary>
    Tick,

    /// <summary>A tick that is cancelled in, before or after one of its calls.</summary>
    CancelledTick,

    /// <summary>The process dies in one of the calls of a tick; its snapshot is restored into a new controller, which starts.</summary>
    Death,

    /// <summary>As <see cref="Death"/>, but the snapshot is lost.</summary>
    ColdStart,

    Replan,
    Reset,
    Budget,
    Problem,
    Model,
    Fault,
    NoMoreFaults,
    ForeignReplicas,
    ForeignScale,
    ForeignCap,
    HardwareRange,
    GpusPerReplica,
    HideRole,
    HideCap,
    Frontend,
}
