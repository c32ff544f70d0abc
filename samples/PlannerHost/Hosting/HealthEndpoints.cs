using System.Net;
using PowerPlanner.Control;

namespace PlannerHost.Hosting;

/// <summary>
/// <c>/health/live</c>: no loop hangs. <c>/health/ready</c>: every controller has started. <c>/status</c>: what they think, on loopback only
/// unless the options say otherwise.
/// </summary>
internal static class HealthEndpoints
{
    // A tick that waits for slow adapters is late; one that is ten ticks late will not come.
    private const double TicksUntilHung = 10;
    private static readonly TimeSpan LeastUntilHung = TimeSpan.FromMinutes(5);

    public static void MapHealth(this WebApplication app)
    {
        var deployments = app.Services.GetServices<HostedDeployment>().ToList();
        var options = app.Services.GetRequiredService<PlannerHostOptions>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.MapGet("/health/live", () => Answer(deployments.Where(deployment => IsHung(deployment, time)), "hangs"));
        app.MapGet("/health/ready", () => Answer(deployments.Where(deployment => deployment.Controller.Status.State == ControllerState.Cold), "has not started"));
        app.MapGet("/status", (HttpContext context) => options.StatusFromAnywhere || IsLocal(context.Connection.LocalIpAddress)
            ? Results.Json(Page(deployments, time), StatusPageContext.Default.StatusPage)
            : Results.NotFound());
    }

    /// <summary>Whether a connection arrived on loopback: by the address it arrived at, which no header can pretend.</summary>
    public static bool IsLocal(IPAddress? localAddress) => localAddress is not null && IPAddress.IsLoopback(localAddress.IsIPv4MappedToIPv6 ? localAddress.MapToIPv4() : localAddress);

    private static bool IsHung(HostedDeployment deployment, TimeProvider time)
    {
        var status = deployment.Controller.Status;
        var ticks = TimeSpan.FromSeconds(deployment.Options.TickSeconds * TicksUntilHung);
        return status.State != ControllerState.Cold && time.GetUtcNow() - status.Time > (ticks > LeastUntilHung ? ticks : LeastUntilHung);
    }

    private static IResult Answer(IEnumerable<HostedDeployment> troubled, string what)
    {
        var names = troubled.Select(deployment => $"{deployment.Name} {what}").ToList();
        return names.Count == 0 ? Results.Text("ok\n") : Results.Text(string.Join('\n', names) + "\n", statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static StatusPage Page(List<HostedDeployment> deployments, TimeProvider time)
    {
        var now = time.GetUtcNow();
        return new StatusPage(now, deployments.ConvertAll(deployment =>
        {
            var status = deployment.Controller.Status;
            return new DeploymentStatus(deployment.Name, deployment.Options.Advisory, deployment.IsLeader, Math.Round((now - status.Time).TotalSeconds, 1), status);
        }));
    }
}
