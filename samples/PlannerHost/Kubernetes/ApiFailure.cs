using k8s.Autorest;

namespace PlannerHost.Kubernetes;

/// <summary>What a failed request is called in a log: a server's own words are anybody's, and of any length.</summary>
internal static class ApiFailure
{
    private const int MostCharacters = 200;

    public static string Describe(Exception failure)
    {
        var text = failure is HttpOperationException { Response: { } response } ? FormattableString.Invariant($"The API server answered {(int)response.StatusCode} {response.StatusCode}.") : failure.Message;
        return string.Concat(text.Take(MostCharacters).Select(c => char.IsControl(c) ? ' ' : c));
    }
}
