using System.Text.Json;
using PowerPlanner.Control;
using PowerPlanner.Planning;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Cli.Replay;

/// <summary>One line of an event file.</summary>
/// <param name="Line">Number of the line, from 1.</param>
/// <param name="Kind">The field that says what happens.</param>
/// <param name="Seconds">When, seconds from the start of the replay.</param>
internal abstract record ReplayEvent(int Line, string Kind, double Seconds)
{
    /// <summary>The first sweep and the first application.</summary>
    public sealed record Start(int Line, double Seconds) : ReplayEvent(Line, ReplayEventFile.Start, Seconds);

    /// <summary>A tick with an observation.</summary>
    public sealed record Observe(int Line, double Seconds, Observation Observation) : ReplayEvent(Line, ReplayEventFile.Observe, Seconds);

    /// <summary>Another performance model; <see cref="Problem"/> is built before the replay starts, so that bad input has no half answer.</summary>
    public sealed record Performance(int Line, double Seconds, JsonElement Section) : ReplayEvent(Line, ReplayEventFile.Performance, Seconds)
    {
        public PlanningProblem? Problem { get; set; }
    }

    /// <summary>The next calls of models or metrics fail.</summary>
    public sealed record Fault(int Line, double Seconds, ReplayFaultKind FaultKind, int Count) : ReplayEvent(Line, ReplayEventFile.Fault, Seconds);

    /// <summary>The next commands fail.</summary>
    public sealed record ActuatorFault(int Line, double Seconds, FleetFault FleetFault) : ReplayEvent(Line, ReplayEventFile.Fault, Seconds);

    /// <summary>Something happens to one role that the controller did not ask for.</summary>
    public sealed record Fleet(int Line, double Seconds, FleetRole Role, int? Replicas, bool? IsRolling) : ReplayEvent(Line, ReplayEventFile.Fleet, Seconds);

    /// <summary>Another budget, and a tick without an observation.</summary>
    public sealed record Budget(int Line, double Seconds, int? TotalGpuPowerLimitWatts) : ReplayEvent(Line, ReplayEventFile.Budget, Seconds);

    /// <summary>A sweep now.</summary>
    public sealed record Optimize(int Line, double Seconds) : ReplayEvent(Line, ReplayEventFile.Optimize, Seconds);

    /// <summary>A disabled optimizer is on again.</summary>
    public sealed record Reset(int Line, double Seconds) : ReplayEvent(Line, ReplayEventFile.Reset, Seconds);

    /// <summary>The controller's memory goes into a file.</summary>
    public sealed record Snapshot(int Line, double Seconds, string Path) : ReplayEvent(Line, ReplayEventFile.Snapshot, Seconds);

    /// <summary>A new controller over the same fleet takes a memory over and starts.</summary>
    public sealed record Restore(int Line, double Seconds, string Path) : ReplayEvent(Line, ReplayEventFile.Restore, Seconds);
}
