using System.Collections.Immutable;
using PowerPlanner.Control;

namespace PowerPlanner.Testing.Simulation;

/// <summary>Something that happens to a simulated deployment at a tick. Immutable.</summary>
/// <param name="AtTick">The first tick that it touches, at least 0. What is there at tick 0 is there when the controller starts.</param>
public abstract record FleetEvent(int AtTick)
{
    /// <summary>Whether a change happens at <see cref="AtTick"/>, rather than a state that lasts; faults that end count as changes too.</summary>
    internal virtual int LastTick => AtTick;
}

/// <summary>An event that lasts. It holds on the ticks from <see cref="FleetEvent.AtTick"/> on, <paramref name="DurationTicks"/> of them.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="DurationTicks">How many ticks it lasts.</param>
public abstract record LastingEvent(int AtTick, int DurationTicks) : FleetEvent(AtTick)
{
    internal override int LastTick => AtTick + DurationTicks;

    /// <summary>Whether it holds at a tick.</summary>
    /// <param name="tick">The tick.</param>
    public bool HoldsAt(int tick) => tick >= AtTick && tick < AtTick + DurationTicks;
}

/// <summary>A signal's true value is a multiple of the model's from now on.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="Signal">The signal.</param>
/// <param name="Value">The factor; it replaces the last one.</param>
public sealed record BiasStep(int AtTick, FleetSignal Signal, double Value) : FleetEvent(AtTick);

/// <summary>A bias that moves along a straight line and stays at its end.</summary>
/// <param name="AtTick">Where the line starts.</param>
/// <param name="EndTick">Where it ends.</param>
/// <param name="Signal">The signal.</param>
/// <param name="From">The factor at the start.</param>
/// <param name="To">The factor at the end.</param>
public sealed record BiasRamp(int AtTick, int EndTick, FleetSignal Signal, double From, double To) : FleetEvent(AtTick);

/// <summary>A signal is multiplied by <c>1 + amplitude · sin(2π tick/period + 2π phase)</c>, besides its bias.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="Signal">The signal.</param>
/// <param name="Amplitude">Amplitude, a share.</param>
/// <param name="PeriodTicks">Ticks of a period.</param>
/// <param name="PhaseTurns">Phase, turns.</param>
public sealed record BiasSine(int AtTick, FleetSignal Signal, double Amplitude, double PeriodTicks, double PhaseTurns = 0) : FleetEvent(AtTick);

/// <summary>
/// A reading whose window reaches back before a change: <c>weight · value before + (1 − weight) · value now</c>. The observation says how long
/// its window was: <c>tick/(1 − weight)</c>.
/// </summary>
/// <param name="AtTick">The tick of the mixed reading.</param>
/// <param name="Signal">The signal that is mixed.</param>
/// <param name="BeforeTick">The tick whose value is the old one.</param>
/// <param name="OldWeight">Share of the window before the change, in [0, 1).</param>
public sealed record WindowCross(int AtTick, FleetSignal Signal, int BeforeTick, double OldWeight = 0.66) : FleetEvent(AtTick);

/// <summary>Caps and replica counts are denied.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="DurationTicks">How many ticks it lasts.</param>
public sealed record WritesDenied(int AtTick, int DurationTicks) : LastingEvent(AtTick, DurationTicks);

/// <summary>Caps are recorded and read back, but nothing enforces them: GPUs draw what they want, up to their nameplate power.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="DurationTicks">How many ticks it lasts.</param>
public sealed record CapsNotEnforced(int AtTick, int DurationTicks) : LastingEvent(AtTick, DurationTicks);

/// <summary>
/// The oldest replicas of a role lose their caps, as when their agents die: their GPUs may draw up to the highest cap that they accept, while the
/// caps that they were given are still read back. What is commanded meanwhile has no effect on them until it ends.
/// </summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="DurationTicks">How many ticks it lasts.</param>
/// <param name="Role">The role; it must have <see cref="InMemory.InMemoryRole.CapLimits"/>.</param>
/// <param name="Replicas">How many, also of those that come later while there are fewer; default: all.</param>
public sealed record CapsLost(int AtTick, int DurationTicks, FleetRole Role, int Replicas = int.MaxValue) : LastingEvent(AtTick, DurationTicks);

/// <summary>The caps of the oldest replicas of a role cannot be read back; they hold.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="DurationTicks">How many ticks it lasts.</param>
/// <param name="Role">The role.</param>
/// <param name="Replicas">How many, also of those that come later while there are fewer; default: all.</param>
public sealed record CapsUnread(int AtTick, int DurationTicks, FleetRole Role, int Replicas = int.MaxValue) : LastingEvent(AtTick, DurationTicks);

/// <summary>The GPUs accept another range of caps from now on.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="MinWatts">Lowest cap, W.</param>
/// <param name="MaxWatts">Highest cap, W.</param>
public sealed record CapRangeChange(int AtTick, int MinWatts, int MaxWatts) : FleetEvent(AtTick);

/// <summary>Nodes go down or come up: ready replicas vanish or appear behind the controller's back, never below 0.</summary>
/// <param name="AtTick">The tick.</param>
/// <param name="Prefill">Change of prefill replicas.</param>
/// <param name="Decode">Change of decode replicas.</param>
public sealed record NodeChange(int AtTick, int Prefill, int Decode) : FleetEvent(AtTick);

/// <summary>Readings are absent.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="DurationTicks">How many ticks it lasts.</param>
/// <param name="Signals">The signals; empty = all.</param>
public sealed record MetricsOutage(int AtTick, int DurationTicks, ImmutableArray<FleetSignal> Signals) : LastingEvent(AtTick, DurationTicks);

/// <summary>Readings are old ones under fresh timestamps.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="DurationTicks">How many ticks it lasts.</param>
/// <param name="LagTicks">How old.</param>
public sealed record MetricsLag(int AtTick, int DurationTicks, int LagTicks) : LastingEvent(AtTick, DurationTicks);

/// <summary>A reading is a given number, whatever the truth: for exact thresholds, and for values that cannot be.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="DurationTicks">How many ticks it lasts.</param>
/// <param name="Signal">The signal.</param>
/// <param name="Value">The reading, in the signal's unit (W, ms, tokens/s); any double.</param>
public sealed record ReadingOverride(int AtTick, int DurationTicks, FleetSignal Signal, double Value) : LastingEvent(AtTick, DurationTicks);

/// <summary>Observations are reported as older than they are.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="DurationTicks">How many ticks it lasts.</param>
/// <param name="Age">Age of the window's end.</param>
public sealed record ReportedAge(int AtTick, int DurationTicks, TimeSpan Age) : LastingEvent(AtTick, DurationTicks);

/// <summary>Writes of thresholds fail at a share of the frontends, the first ones.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="DurationTicks">How many ticks it lasts.</param>
/// <param name="Fraction">The share, 0 to 1, rounded to whole frontends.</param>
public sealed record FrontendFault(int AtTick, int DurationTicks, double Fraction) : LastingEvent(AtTick, DurationTicks);

/// <summary>A frontend restarts and has lost its thresholds.</summary>
/// <param name="AtTick">The tick.</param>
/// <param name="Frontend">Its name.</param>
public sealed record FrontendRestart(int AtTick, string Frontend) : FleetEvent(AtTick);

/// <summary>No worker reports its <c>max_num_batched_tokens</c>.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="DurationTicks">How many ticks it lasts.</param>
public sealed record MaxBatchedTokensUnknown(int AtTick, int DurationTicks) : LastingEvent(AtTick, DurationTicks);

/// <summary>The budget changes; the scenario runner tells the controller.</summary>
/// <param name="AtTick">The tick.</param>
/// <param name="Watts">The budget, W; null = unbounded.</param>
public sealed record BudgetChange(int AtTick, long? Watts) : FleetEvent(AtTick);

/// <summary>The planner's performance model fails. The engines themselves go on.</summary>
/// <param name="AtTick">The first tick.</param>
/// <param name="DurationTicks">How many ticks it lasts.</param>
/// <param name="Mode">How it fails.</param>
public sealed record ModelFailure(int AtTick, int DurationTicks, ModelFailureMode Mode) : LastingEvent(AtTick, DurationTicks);

/// <summary>The planner gets another performance model, as after a new measurement. The engines themselves go on as they were.</summary>
/// <param name="AtTick">The tick.</param>
/// <param name="PrefillWatts">What it predicts for a prefill GPU, W.</param>
/// <param name="DecodeWatts">What it predicts for a decode GPU, W.</param>
public sealed record ModelRevision(int AtTick, double PrefillWatts, double DecodeWatts) : FleetEvent(AtTick);

/// <summary>The wall clock jumps, as after a correction; time goes on as ever.</summary>
/// <param name="AtTick">The tick before which it jumps.</param>
/// <param name="By">How far; negative = back.</param>
public sealed record ClockJump(int AtTick, TimeSpan By) : FleetEvent(AtTick);

/// <summary>The controller is ticked a number of times at this tick: 0 = the tick is skipped, 2 = it comes twice at the same instant.</summary>
/// <param name="AtTick">The tick.</param>
/// <param name="Ticks">How many times.</param>
public sealed record TickCount(int AtTick, int Ticks) : FleetEvent(AtTick);

/// <summary>Somebody else scales.</summary>
/// <param name="AtTick">The tick.</param>
/// <param name="Role">The role.</param>
/// <param name="Replicas">The new count.</param>
public sealed record ForeignScaling(int AtTick, FleetRole Role, int Replicas) : FleetEvent(AtTick);
