namespace PlannerHost.Demo;

/// <summary>Something that goes wrong on the fake API server, for the requests that it concerns, a number of times.</summary>
internal sealed record ApiFault
{
    private int _left = int.MaxValue;

    /// <summary>HTTP method; null = any.</summary>
    public string? Method { get; init; }

    /// <summary>What the path contains.</summary>
    public string Path { get; init; } = "";

    /// <summary>What the query contains.</summary>
    public string Query { get; init; } = "";

    /// <summary>How often it strikes.</summary>
    public int Times { init => _left = value; }

    /// <summary>The status to answer with; 0 = none: the connection hangs.</summary>
    public int Status { get; init; }

    /// <summary>The Retry-After to answer with.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>Whether the request is carried out all the same, before the fault shows: an answer that gets lost.</summary>
    public bool ActsFirst { get; init; }

    /// <summary>Whether the connection is cut instead of anything being answered.</summary>
    public bool Cuts { get; init; }

    /// <summary>Whether the fault strikes this request.</summary>
    public bool Strikes(HttpRequest request) =>
        (Method is null || Method == request.Method)
        && request.Path.Value!.Contains(Path, StringComparison.Ordinal)
        && request.QueryString.Value!.Contains(Query, StringComparison.Ordinal)
        && Interlocked.Decrement(ref _left) >= 0;
}
