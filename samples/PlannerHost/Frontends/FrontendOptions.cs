namespace PlannerHost.Frontends;

/// <summary>Which frontends get busy thresholds, and how.</summary>
internal sealed class FrontendOptions
{
    /// <summary>Base address of each frontend process by its name: <c>"llama-frontend-0": "http://10.0.0.7:8000/"</c>. Each must be one process, not a service in front of several: thresholds are kept per process. Empty where a directory lists them.</summary>
    public Dictionary<string, Uri> Endpoints { get; set; } = [];

    /// <summary>Model whose thresholds are set, as the frontend registered it. Required where there are frontends.</summary>
    public string Model { get; set; } = "";

    /// <summary>Time limit of a write or a read at one frontend, s. Greater than 0; default 5, the reference's.</summary>
    public double TimeoutSeconds { get; set; } = 5;

    /// <summary>How long a command waits for its frontend before it answers "not yet", s; the write goes on until <see cref="TimeoutSeconds"/>. At least 0; default 0.25, so that many slow frontends are written at the same time.</summary>
    public double AnswerWithinSeconds { get; set; } = 0.25;

    /// <summary>Every violation, as "field: value; allowed".</summary>
    public IEnumerable<string> Violations()
    {
        if (Endpoints.Count > 0 && string.IsNullOrWhiteSpace(Model))
        {
            yield return "Model: missing; the frontends keep thresholds by model";
        }

        foreach (var (name, address) in Endpoints)
        {
            if (!address.IsAbsoluteUri || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps) || address.UserInfo.Length > 0)
            {
                yield return $"Endpoints: the address of '{name}' is not an absolute http or https address without credentials";
            }
        }

        if (!(TimeoutSeconds > 0 && TimeoutSeconds <= 300))
        {
            yield return FormattableString.Invariant($"TimeoutSeconds: {TimeoutSeconds}; greater than 0, at most 300");
        }

        if (!(AnswerWithinSeconds >= 0 && AnswerWithinSeconds <= 300))
        {
            yield return FormattableString.Invariant($"AnswerWithinSeconds: {AnswerWithinSeconds}; 0 to 300");
        }
    }
}
