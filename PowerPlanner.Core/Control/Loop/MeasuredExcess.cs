using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

/// <summary>
/// A draw of the whole deployment that is above what all caps together allow. One meter may lie once; three windows in a row are believed, and
/// from then on every GPU is charged its share of what is drawn, until three windows show draw and caps in agreement. An immutable value.
/// </summary>
/// <param name="Windows">Windows in a row above (positive) or in agreement (negative).</param>
/// <param name="LeastRatio">The least draw over capped draw of those above.</param>
/// <param name="Ratio">What is charged: draw over capped draw; 0 = the caps hold.</param>
internal readonly record struct MeasuredExcess(int Windows, double LeastRatio, double Ratio)
{
    private const int MostRatio = 10;

    /// <summary>Learns from one window.</summary>
    /// <param name="drawnWatts">Draw of all boards, W.</param>
    /// <param name="cappedWatts">What the boards may draw together by their caps, W.</param>
    /// <param name="accuracy">How far the meter may be from the truth, a share of the reading.</param>
    public MeasuredExcess After(double drawnWatts, double cappedWatts, double accuracy)
    {
        if (!(cappedWatts > 0))
        {
            return this;
        }

        var ratio = Math.Min(MostRatio, drawnWatts / cappedWatts);
        if (ratio > 1 + accuracy + 1e-9)
        {
            var windows = Math.Max(0, Windows) + 1;
            var least = windows == 1 ? ratio : Math.Min(LeastRatio, ratio);
            return windows < DriftDetector.ExcessTicks ? this with { Windows = windows, LeastRatio = least }
                : new MeasuredExcess(DriftDetector.ExcessTicks, least, Math.Max(Ratio, least));
        }

        var agreeing = Math.Min(0, Windows) - 1;
        return agreeing <= -DriftDetector.ExcessTicks ? new MeasuredExcess(-DriftDetector.ExcessTicks, 0, 0) : this with { Windows = agreeing };
    }
}
