namespace PlannerHost.Kubernetes;

/// <summary>The term of leadership ended while something was on its way; it may have taken effect.</summary>
internal sealed class LeadershipLostException(string message, Exception? cause = null) : Exception(message, cause);
