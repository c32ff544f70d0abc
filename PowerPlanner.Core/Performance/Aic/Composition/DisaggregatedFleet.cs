namespace PowerPlanner.Performance.Aic.Composition;

/// <summary>What workers of both phases do together. Latencies and power are rounded to three decimals, the rate is not.</summary>
internal readonly record struct DisaggregatedFleet(double TtftMs, double ItlMs, double RequestMs, double RequestsPerSecond, double PowerWatts);
