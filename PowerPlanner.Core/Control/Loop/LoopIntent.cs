using PowerPlanner.Control.Sweeps;
using PowerPlanner.Control.Transitions;

namespace PowerPlanner.Control.Loop;

/// <summary>What is to be done next: nothing, a sweep, or one command. Whoever does it feeds back what became of it.</summary>
/// <param name="Sweep">What a sweep is to be asked; null = no sweep.</param>
/// <param name="Command">A command to a role; null = none.</param>
/// <param name="Thresholds">A command to a frontend; null = none.</param>
internal readonly record struct LoopIntent(SweepQuestion? Sweep, FleetCommand? Command, SetThresholdsCommand? Thresholds)
{
    /// <summary>Whether nothing more is to be done: the tick is over.</summary>
    public bool IsNothing => Sweep is null && Command is null && Thresholds is null;
}
