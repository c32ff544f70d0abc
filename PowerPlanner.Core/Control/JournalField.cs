namespace PowerPlanner.Control;

/// <summary>A field of the loop's state that a replay makes differently.</summary>
/// <param name="Path">Where it is, such as <c>watch.drift.violations.ticks</c>.</param>
/// <param name="Recorded">Its value then, as JSON.</param>
/// <param name="Replayed">Its value now.</param>
public readonly record struct JournalField(string Path, string Recorded, string Replayed);
