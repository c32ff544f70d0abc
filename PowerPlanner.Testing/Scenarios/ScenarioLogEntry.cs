using Microsoft.Extensions.Logging;

namespace PowerPlanner.Testing.Scenarios;

/// <summary>A message that the controller logged.</summary>
/// <param name="Tick">The tick; −1 = at the start.</param>
/// <param name="Level">Its level.</param>
/// <param name="Event">Its event's name.</param>
/// <param name="Message">Its text.</param>
public readonly record struct ScenarioLogEntry(int Tick, LogLevel Level, string? Event, string Message);
