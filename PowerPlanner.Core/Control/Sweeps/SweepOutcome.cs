using PowerPlanner.Planning;

namespace PowerPlanner.Control.Sweeps;

/// <summary>What came out of asking the models.</summary>
internal sealed class SweepOutcome
{
    /// <summary>The models answered, or said why they cannot.</summary>
    public SweepOutcome(PreparedPlanner prepared, double? nameplateWatts)
    {
        Prepared = prepared;
        NameplateWatts = nameplateWatts;
    }

    /// <summary>The models did not come back, or broke the planner.</summary>
    public SweepOutcome(string failure) => Failure = failure;

    /// <summary>What plans can be made from; null where the sweep itself failed.</summary>
    public PreparedPlanner? Prepared { get; }

    /// <summary>Why the sweep failed; null where it did not.</summary>
    public string? Failure { get; }

    /// <summary>Nameplate power of a GPU, W; null = unknown.</summary>
    public double? NameplateWatts { get; }
}
