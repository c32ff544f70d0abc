namespace PowerPlanner.Planning;

/// <summary>How a deployment divides the two phases of inference among its engines.</summary>
public enum DeploymentMode
{
    /// <summary>Prefill and decode run on engines of their own. The default.</summary>
    Disaggregated,

    /// <summary>Every engine runs both phases: one role, one cap, one count.</summary>
    Aggregated,
}
