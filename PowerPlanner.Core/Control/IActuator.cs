namespace PowerPlanner.Control;

/// <summary>
/// The hands of a controller: it sets power caps, replica counts and admission thresholds, and says what is in effect. One call at a
/// time; each answer is what the controller plans its next step from.
/// </summary>
/// <remarks>
/// <para>A command is absolute ("cap 450 W", "5 replicas") and may be repeated: applying what is in effect already changes nothing. It
/// need not have taken full effect when the call returns; the answer and later reads say how far it has come.</para>
/// <para>Throw <see cref="CommandRefusedException"/> when nothing has changed and nothing will: a denied write. After any other exception,
/// a cancellation or a timeout the controller assumes that the command may still take effect, and charges for it.</para>
/// <para>Never answer with what was asked for where it is not known to be in effect: a cap is in effect when it has been read back.</para>
/// <para><b>Partial caps.</b> While some GPUs of a role have a new cap and others the old one, report the highest, or count replicas by their
/// caps (<see cref="RoleState.CapCounts"/>). <b>Draining replicas.</b> A replica that was told to go counts as terminating until its process is gone;
/// an answer may still count it as it was before, as Kubernetes' does. <b>Caps that cannot be read.</b> Count their replicas as
/// <see cref="RoleState.UnknownCapReplicas"/>; never leave them out, and never report for them what was asked for.</para>
/// <para><b>Order.</b> Once a command has been answered, no earlier command of its kind and role may take effect any more. An answered
/// <em>cap</em> may still be on its way to GPUs when the next is sent: see <see cref="FencesByRevision"/>. Commands are repeated after a
/// restart, with higher revisions, so that what a process before it left on the wire is void.</para>
/// <para>Each call has a time limit of its own (<see cref="ControlOptions.CallTimeout"/>). One that does not end by then counts as failed without an answer, and the actuator
/// is not called again before it has come back.</para>
/// </remarks>
public interface IActuator
{
    /// <summary>
    /// Whether a GPU that has been given a cap of one revision never again takes one of an older revision. Where it may (agents that finish what they
    /// have read before they look again), a cap that was replaced before it was in effect everywhere is charged for
    /// <see cref="ControlOptions.CapSettleTime"/> as one that may still come.
    /// </summary>
    /// <value>Default false, which is always safe.</value>
    bool FencesByRevision => false;

    /// <summary>
    /// What runs and what is in effect, of every role that the deployment has and every frontend. A role that cannot be read is null:
    /// nothing is commanded to any role before each has been read once, and nothing rises on a tick on which one is missing.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the tick is.</param>
    ValueTask<FleetState> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Sets the cap of every GPU of a role, of replicas to come too.</summary>
    /// <param name="command">Role, cap and revision.</param>
    /// <param name="cancellationToken">Cancelled when the tick is.</param>
    /// <returns>The role as it is now.</returns>
    /// <exception cref="CommandRefusedException">Nothing has changed and nothing will.</exception>
    ValueTask<RoleState> SetCapAsync(SetCapCommand command, CancellationToken cancellationToken);

    /// <summary>Sets the replica count of a role. Starting and draining replicas may take as long as they need.</summary>
    /// <param name="command">Role, count and revision.</param>
    /// <param name="cancellationToken">Cancelled when the tick is.</param>
    /// <returns>The role as it is now.</returns>
    /// <exception cref="CommandRefusedException">Nothing has changed and nothing will.</exception>
    ValueTask<RoleState> SetReplicasAsync(SetReplicasCommand command, CancellationToken cancellationToken);

    /// <summary>Sets the busy thresholds of one frontend.</summary>
    /// <param name="command">Frontend, thresholds and generation.</param>
    /// <param name="cancellationToken">Cancelled when the tick is.</param>
    /// <returns>The frontend as it is now: the generation that it has acknowledged.</returns>
    /// <exception cref="CommandRefusedException">Nothing has changed and nothing will.</exception>
    ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken);
}
