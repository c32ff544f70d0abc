namespace PlannerHost.Frontends;

/// <summary>Lists the frontend processes of a deployment: fixed ones, or the ready pods behind a service.</summary>
internal interface IFrontendDirectory
{
    /// <summary>Every frontend that runs now. A name stays that of its process: a pod's name, not an address.</summary>
    ValueTask<IReadOnlyList<FrontendEndpoint>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>One frontend process.</summary>
/// <param name="Name">Its name, unique within the deployment.</param>
/// <param name="Address">Its base address; null where it has none yet, as a pod without an IP.</param>
internal sealed record FrontendEndpoint(string Name, Uri? Address);

/// <summary>The frontends that the options name.</summary>
internal sealed class FixedFrontends(FrontendOptions options) : IFrontendDirectory
{
    private readonly FrontendEndpoint[] _endpoints = [.. options.Endpoints.Select(endpoint => new FrontendEndpoint(endpoint.Key, endpoint.Value)).OrderBy(endpoint => endpoint.Name, StringComparer.Ordinal)];

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FrontendEndpoint>> ListAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<FrontendEndpoint>>(_endpoints);
}
