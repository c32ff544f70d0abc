namespace PlannerHost.Prometheus;

/// <summary>No replica of Prometheus gave a usable answer: the message names each and why.</summary>
internal sealed class PrometheusException : Exception
{
    public PrometheusException()
    {
    }

    public PrometheusException(string message)
        : base(message)
    {
    }

    public PrometheusException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
