using System.Net;

namespace PlannerHost.Kubernetes;

/// <summary>
/// The API server did not do what it was asked, or did not say so. Whether a write took effect is then not known; a write that certainly did not is a
/// <see cref="PowerPlanner.Control.CommandRefusedException"/> instead.
/// </summary>
internal sealed class KubernetesApiException(string message, HttpStatusCode? status, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The last status; null where no answer came.</summary>
    public HttpStatusCode? Status { get; } = status;
}
