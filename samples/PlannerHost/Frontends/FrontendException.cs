namespace PlannerHost.Frontends;

/// <summary>A frontend did not answer, or not as its interface says. What it was told may have come into effect.</summary>
internal sealed class FrontendException : Exception
{
    public FrontendException()
    {
    }

    public FrontendException(string message)
        : base(message)
    {
    }

    public FrontendException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
