namespace PowerPlanner.Performance.Aic.Models;

/// <summary>Which of an engine's two lists is built.</summary>
internal enum StepPhase
{
    Context,
    Generation,
}
