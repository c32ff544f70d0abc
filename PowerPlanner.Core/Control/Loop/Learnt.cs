using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

/// <summary>What observations taught of the whole deployment.</summary>
internal readonly record struct Learnt
{
    public CorrectionState Corrections { get; init; }

    /// <summary>How far observations have come.</summary>
    public ObservationClock Clock { get; init; }

    /// <summary>Nameplate power of a GPU, W; null = unknown.</summary>
    public double? NameplateWatts { get; init; }

    /// <summary>The last draws of the whole deployment that were above its budget, and what they prove.</summary>
    public MeasuredExcess Excess { get; init; }

    /// <summary>When the fleet was last read.</summary>
    public TimeSpan LastRead { get; init; }

    /// <summary>Ticks in a row on which it could not be read.</summary>
    public int UnreadTicks { get; init; }

    /// <summary>Since when nothing runs because nothing fits; null = something runs.</summary>
    public TimeSpan? EmptySince { get; init; }
}
