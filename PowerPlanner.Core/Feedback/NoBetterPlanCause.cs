namespace PowerPlanner.Feedback;

/// <summary>A cause for which sweeps have found no better plan.</summary>
/// <param name="Signals">What was violated.</param>
/// <param name="Sweeps">Sweeps in a row that found nothing better, at least 1.</param>
/// <param name="HeldUntil">Until when the cause is held back.</param>
internal readonly record struct NoBetterPlanCause(DriftSignals Signals, int Sweeps, TimeSpan HeldUntil);
