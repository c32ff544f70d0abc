using System.Collections.Immutable;

namespace PowerPlanner.Performance.Fixed;

/// <summary>
/// A performance model that knows single operating points and nothing between them, some perhaps under power caps of their own. A planner
/// takes its candidates from the lists instead of asking batch by batch; see <see cref="TablePerformanceModel"/>.
/// </summary>
public interface IListedPerformanceModel : IPerformanceModel
{
    /// <summary>The prefill points; at least one.</summary>
    ImmutableArray<TablePrefillPoint> PrefillPoints { get; }

    /// <summary>The decode points; at least one.</summary>
    ImmutableArray<TableDecodePoint> DecodePoints { get; }
}
