namespace PlannerHost.Demo;

/// <summary>A real HTTP server on a free loopback port, answering as a test says. It can be stopped and started again on the same port.</summary>
internal sealed class Loopback : IAsyncDisposable
{
    private readonly RequestDelegate _answer;
    private WebApplication? _app;

    private Loopback(RequestDelegate answer) => _answer = answer;

    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    public static async Task<Loopback> StartAsync(RequestDelegate answer)
    {
        var server = new Loopback(answer);
        await server.ListenAsync();
        return server;
    }

    /// <summary>An address at which nobody listens.</summary>
    public static async Task<Uri> DeadAsync()
    {
        var server = await StartAsync(_ => Task.CompletedTask);
        await server.DisposeAsync();
        return server.Address;
    }

    public async Task ListenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Address.ToString());
        _app = builder.Build();
        _app.Run(_answer);
        await _app.StartAsync();
        Address = new Uri(_app.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            _app = null;

            // Not gracefully: a request that a test holds back must not hold back its end.
            await app.StopAsync(new CancellationToken(canceled: true));
            await app.DisposeAsync();
        }
    }
}
