using PowerPlanner.Power;

namespace PowerPlanner.Feedback;

/// <summary>The newest two of the readings above a cap that follow one another. <c>default</c> has none.</summary>
/// <param name="Last">The newest, W; 0 = none.</param>
/// <param name="Former">The one before, W; 0 = none.</param>
internal readonly record struct ExcessRun(double Last, double Former)
{
    /// <summary>The row after one more window.</summary>
    /// <param name="watts">What it showed, W; null = nothing.</param>
    /// <param name="isAbove">Whether that is above the cap; null = nothing was shown, which neither counts nor ends the row.</param>
    public ExcessRun Next(double? watts, bool? isAbove) => isAbove switch
    {
        null => this,
        true => new ExcessRun(watts!.Value, Last),
        false => default,
    };

    /// <summary>Whole watts that three readings in a row prove: those of the least of them. 0 where there are fewer.</summary>
    /// <param name="watts">The third, above the cap, W.</param>
    public int ProvenBy(double watts) => Last > 0 && Former > 0 ? CapBridge.CeilingWatts(Math.Min(watts, Math.Min(Last, Former))) : 0;
}
