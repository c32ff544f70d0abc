namespace PowerPlanner.Testing.InMemory;

/// <summary>What a faulty call does.</summary>
public enum FleetFaultKind
{
    /// <summary>
    /// Nothing changes, and the call says so: <see cref="Control.CommandRefusedException"/> for a command, <see cref="InvalidOperationException"/> for a read or an observation.
    /// </summary>
    Refuse,

    /// <summary>Nothing changes, and the call ends in an <see cref="IOException"/>: the caller cannot know that nothing changed.</summary>
    Throw,

    /// <summary>Nothing changes, and the call returns only when it is cancelled.</summary>
    Hang,

    /// <summary>The command takes effect, and the call ends in a <see cref="TimeoutException"/>. A read or an observation throws.</summary>
    ApplyThenTimeOut,

    /// <summary>The command takes effect, and the answer is the state from before it. A read or an observation repeats the last one.</summary>
    AnswerStale,

    /// <summary>
    /// The call answers at once with the state as it is, and the command takes effect after <see cref="FleetFault.Delay"/>, unless a newer
    /// command has been carried out by then. A read or an observation is not touched.
    /// </summary>
    TakeEffectLate,
}
