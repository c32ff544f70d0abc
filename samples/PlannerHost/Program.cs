using Microsoft.Extensions.Options;
using PlannerHost.Hosting;
using PlannerHost.Nvml;

namespace PlannerHost;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args is ["nvml", ..])
        {
            return NvmlListing.Print(Console.Out, Console.Error, args.ElementAtOrDefault(1));
        }

        try
        {
            await using var app = PlannerApplication.Build(args);
            await app.RunAsync();
            return 0;
        }
        catch (Exception exception) when (exception is OptionsValidationException or InvalidOperationException or ArgumentException or IOException)
        {
            // What an operator can mend is told in one line; the rest keeps its stack trace.
            using var logging = LoggerFactory.Create(builder => builder.AddJsonConsole());
            var logger = logging.CreateLogger("PlannerHost");
            var why = exception.Message;
            HostLog.NotStarted(logger, why);
            return 1;
        }
    }
}
