using Microsoft.Extensions.Logging;
using PowerPlanner.Diagnostics;

namespace PowerPlanner.Control;

/// <summary>What a controller takes from the program around it. Everything has a default that works without a host.</summary>
public sealed class ControllerServices
{
    /// <summary>Name of the deployment, on metrics, traces and messages; one of its own for each controller of a process. Not blank.</summary>
    /// <value>Default <c>default</c>.</value>
    public string Name { get; init; } = "default";

    /// <summary>The clock of everything that waits, measures or decides.</summary>
    /// <value>Default: the system's.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where messages go; docs/events.md lists them. What it throws is dropped.</summary>
    /// <value>Default null: nowhere.</value>
    public ILogger? Logger { get; init; }

    /// <summary>Where measurements go. They are shared, and not disposed with the controller.</summary>
    /// <value>Default null: instruments that the process has once, under the meter <see cref="PlannerInstruments.MeterName"/>.</value>
    public PlannerInstruments? Instruments { get; init; }

    /// <summary>Where the controller records what its decisions were made of. Not disposed with the controller.</summary>
    /// <value>Default null: nowhere, at no cost.</value>
    public IDecisionJournal? Journal { get; init; }

    internal static ControllerServices Default { get; } = new();
}
