namespace Quickstart;

/// <summary>A minute of the closed loop that is worth a line.</summary>
internal sealed record StoryLine(int Minute, double RequestsPerSecond, double TtftMs, double DrawWatts, long ChargedWatts, long BudgetWatts, string Text);
