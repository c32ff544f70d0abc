namespace PlannerHost.Kubernetes;

/// <summary>The cap that a role was last commanded to have, and in which term of leadership: a later leader may have commanded another.</summary>
/// <param name="CapWatts">The cap, W.</param>
/// <param name="Term">The term.</param>
internal readonly record struct DesiredCap(int CapWatts, long Term);
