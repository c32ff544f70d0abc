using PowerPlanner.Performance;
using PowerPlanner.Performance.Aic;

namespace PowerPlanner.Cli.Estimate;

/// <summary>The engine that a query is about. Queries that share it are answered together, so that its tables are read once.</summary>
internal readonly record struct EngineKey(
    string System, string Backend, string Version, string Model, long Tp, long Pp, long AttentionDp, long MoeTp, long MoeEp, long Cp, AicEstimationMode Mode)
{
    /// <summary>The engine's layout.</summary>
    /// <exception cref="InvalidLayoutException">A size that no engine can have.</exception>
    public EngineLayout Layout()
    {
        try
        {
            return new EngineLayout(checked((int)Tp), checked((int)Pp), checked((int)AttentionDp), checked((int)MoeTp), checked((int)MoeEp), checked((int)Cp));
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or OverflowException)
        {
            throw new InvalidLayoutException(
                FormattableString.Invariant($"tp {Tp}, pp {Pp}, attentionDp {AttentionDp}, moeTp {MoeTp}, moeEp {MoeEp}, cp {Cp}: each size must be at least 1, and the GPUs at most {int.MaxValue}."),
                exception);
        }
    }
}
