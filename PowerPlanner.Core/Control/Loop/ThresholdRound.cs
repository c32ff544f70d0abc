using System.Collections.Immutable;

namespace PowerPlanner.Control.Loop;

/// <summary>One round of thresholds to all frontends that are behind. The default is none.</summary>
/// <param name="Names">The frontends, in the actuator's order.</param>
/// <param name="Next">The next of them.</param>
/// <param name="Failed">Those that did not take them.</param>
/// <param name="IsNew">Whether the thresholds go out for the first time.</param>
/// <param name="SentGeneration">The newest generation that was sent on this tick.</param>
internal readonly record struct ThresholdRound(ImmutableArray<string> Names, int Next, ImmutableArray<string> Failed, bool IsNew, long SentGeneration);
