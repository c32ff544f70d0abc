namespace PlannerHost;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.WebHost.UseUrls("http://127.0.0.1:8080");

        await using var app = builder.Build();
        app.MapGet("/health/live", () => Results.Text("live"));
        await app.RunAsync();
        return 0;
    }
}
