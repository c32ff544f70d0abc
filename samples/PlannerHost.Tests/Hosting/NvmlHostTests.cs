using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using PlannerHost.Hosting;
using PlannerHost.Nvml;
using PlannerHost.Tests.Nvml;
using PlannerHost.Tests.Prometheus;
using PowerPlanner.Control;

namespace PlannerHost.Tests.Hosting;

/// <summary>The whole host on a machine with one prefill and two decode engines, whose NVML is a stand-in.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class NvmlHostTests
{
    private FakeLogCollector _logs = null!;

    [Test]
    public async Task It_caps_the_engines_that_are_there_and_asks_for_no_others_whatever_the_budget()
    {
        NvmlStub.Open(gpus: 3).Dispose();
        await using var prometheus = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData);
        await using var app = Build(prometheus.Address, NvmlStub.Path);
        await app.StartAsync();
        var controller = app.Services.GetRequiredKeyedService<PowerPlannerController>("machine");

        await UntilAsync(() => controller.Status is { State: ControllerState.Watching or ControllerState.RateLimited, LedgerWatts: 650 + (2 * 420) });
        var planned = (controller.Status.Plan!.PrefillReplicas, controller.Status.Plan.DecodeReplicas, NvmlStub.LimitMilliwatts(0), NvmlStub.LimitMilliwatts(2));
        controller.UpdateBudget(1000);
        await UntilAsync(() => controller.Status is { BudgetWatts: 1000, LedgerWatts: 3 * 200 });
        var counters = controller.Status.Counters;
        await app.StopAsync();

        Assert.That(planned, Is.EqualTo((1, 2, 650_000u, 420_000u)));
        Assert.That(counters.FailedCommands, Is.Zero);
    }

    [Test]
    public async Task A_planner_that_may_plan_other_counts_stops_the_start_and_all_of_it_is_said()
    {
        await using var app = Build(new Uri("http://127.0.0.1:9"), "/nowhere/libnvidia-ml.so.1", "--Deployments:machine:Planner:maxGpuBudget=-1", "--Deployments:machine:Planner:overBudgetPolicy=ScaleDown", "--Deployments:machine:Planner:isl=0");

        Assert.That(async () => await app.StartAsync(), Throws.TypeOf<OptionsValidationException>()
            .With.Message.Contains("Nvml:Prefill has GPUs for 1 engines").And.Message.Contains("overBudgetPolicy is ScaleDown").And.Message.Contains("isl: 0"));
    }

    [Test]
    public async Task A_machine_without_nvml_is_an_error_that_says_so()
    {
        await using var app = Build(new Uri("http://127.0.0.1:9"), "/nowhere/libnvidia-ml.so.1");

        Assert.That(async () => await app.StartAsync(), Throws.TypeOf<NvmlLibraryMissingException>().With.Message.Contains("/nowhere"));
    }

    private WebApplication Build(Uri prometheus, string library, params string[] args)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Host:ListenAddress"] = "http://127.0.0.1:0",
            ["Prometheus:Endpoints:0"] = prometheus.ToString(),
            ["Deployments:machine:Adapter"] = "nvml",
            ["Deployments:machine:Nvml:LibraryPath"] = library,
            ["Deployments:machine:Nvml:TimeoutSeconds"] = "60",
            ["Deployments:machine:Nvml:Prefill:Gpus:0"] = NvmlStub.Uuid(0),
            ["Deployments:machine:Nvml:Decode:Gpus:0"] = NvmlStub.Uuid(1),
            ["Deployments:machine:Nvml:Decode:Gpus:1"] = NvmlStub.Uuid(2),
            ["Deployments:machine:Prometheus:Names:Namespace"] = "local",
            ["Deployments:machine:Prometheus:Names:Deployment"] = "machine",
            ["Deployments:machine:Prometheus:Names:PrefillService"] = "prefill",
            ["Deployments:machine:Prometheus:Names:DecodeService"] = "decode",
            ["Deployments:machine:Planner:isl"] = "2000",
            ["Deployments:machine:Planner:osl"] = "200",
            ["Deployments:machine:Planner:tickSeconds"] = "1",
            ["Deployments:machine:Planner:totalGpuPowerLimitWatts"] = "1800",
            ["Deployments:machine:Planner:prefillMinEndpoint"] = "1",
            ["Deployments:machine:Planner:decodeMinEndpoint"] = "2",
            ["Deployments:machine:Planner:maxReplicas"] = "2",
            ["Deployments:machine:Planner:maxGpuBudget"] = "3",
            ["Deployments:machine:Planner:overBudgetPolicy"] = "TightenCaps",
            ["Deployments:machine:Planner:prefillEngine:tp"] = "1",
            ["Deployments:machine:Planner:decodeEngine:tp"] = "1",
            ["Deployments:machine:Planner:gpuLimits:minWatts"] = "200",
            ["Deployments:machine:Planner:gpuLimits:maxWatts"] = "700",
            ["Deployments:machine:Planner:performance:kind"] = "fixed",
            ["Deployments:machine:Planner:performance:ttftMs"] = "120",
            ["Deployments:machine:Planner:performance:itlMs"] = "12",
            ["Deployments:machine:Planner:performance:maxKvTokens"] = "200000",
            ["Deployments:machine:Planner:performance:prefillPowerW"] = "650",
            ["Deployments:machine:Planner:performance:decodePowerW"] = "420",
        };
        var app = PlannerApplication.Build(args, builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings).AddCommandLine(args);
            builder.Logging.ClearProviders().AddFakeLogging();
        });
        _logs = app.Services.GetFakeLogCollector();
        return app;
    }

    private Task UntilAsync(Func<bool> isTrue) => HostWait.UntilAsync(_logs, () => Task.FromResult(isTrue()));
}
