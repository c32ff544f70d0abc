using System.Net;

namespace PlannerHost.Kubernetes;

/// <summary>A write that the API server refused, or that never reached it: it has changed nothing, and nothing is under way.</summary>
internal sealed class WriteRefusedException(string message, HttpStatusCode? status, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The status; null where the server was not reached.</summary>
    public HttpStatusCode? Status { get; } = status;
}
