namespace PowerPlanner.Admission;

/// <summary>What the planner does about the frontends' busy thresholds.</summary>
public enum AdmissionMode
{
    /// <summary>Nothing. The default.</summary>
    Off,

    /// <summary>Computes and publishes the thresholds that a plan implies; the operator's own stay in force.</summary>
    Inherit,

    /// <summary>Sets the thresholds after each applied plan.</summary>
    Autoset,
}
