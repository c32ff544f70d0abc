using PowerPlanner.Admission;

namespace PowerPlanner.Control;

/// <summary>Set the busy thresholds of one frontend.</summary>
/// <param name="Frontend">Name of the frontend, as <see cref="FleetState.Frontends"/> gives it.</param>
/// <param name="Thresholds">The thresholds. A null threshold is not sent: the frontend keeps what it has.</param>
/// <param name="Generation">Rises with every new set of thresholds; a frontend acknowledges it.</param>
public readonly record struct SetThresholdsCommand(string Frontend, AdmissionThresholds Thresholds, long Generation)
{
    /// <summary>
    /// How long an actuator that writes over a network should wait before it does, at least 0 and less than a quarter of the tick. New thresholds go
    /// out at once; a frontend that lags behind them gets them at another instant of each tick, so that frontends that restarted together
    /// are not all written together. The wait is the write's, not the call's: the call may answer meanwhile that nothing is acknowledged yet.
    /// </summary>
    public TimeSpan Delay { get; init; }
}
