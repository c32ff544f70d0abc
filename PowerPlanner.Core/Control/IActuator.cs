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
/// </remarks>
public interface IActuator
{
    /// <summary>What runs and what is in effect, of every role that the deployment has and every frontend.</summary>
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
