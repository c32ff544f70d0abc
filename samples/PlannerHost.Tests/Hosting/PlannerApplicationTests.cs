using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using PlannerHost.Hosting;
using PlannerHost.Tests.Prometheus;
using PowerPlanner.Control;
using PowerPlanner.Power;
using PowerPlanner.Testing.InMemory;

namespace PlannerHost.Tests.Hosting;

/// <summary>The whole host: configuration in, a fleet under command, pages and files out. Prometheus and frontends are servers on loopback.</summary>
[TestFixture]
internal sealed class PlannerApplicationTests
{
    private const string Secret = "a-token-that-nobody-sees";

    private string _folder = "";
    private InMemoryFleet _fleet = null!;
    private FakeLogCollector _logs = null!;

    [SetUp]
    public void MakeFleet()
    {
        _folder = Directory.CreateTempSubdirectory("host-").FullName;
        var limits = new GpuPowerLimits(200, 700);
        _fleet = new InMemoryFleet(new InMemoryFleetSetup
        {
            Prefill = new InMemoryRole { GpusPerReplica = 4, Replicas = 1, CapWatts = 300, CapLimits = limits },
            Decode = new InMemoryRole { GpusPerReplica = 8, Replicas = 1, CapWatts = 300, CapLimits = limits },
            Frontends = [],
        });
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task It_plans_acts_shows_and_says_what_it_leaves_behind()
    {
        await using var prometheus = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData);
        await using var frontend = await FakeFrontend.StartAsync();
        await using var app = Build(prometheus.Address, frontend.Address, []);
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        await UntilAsync(async () => (await http.GetAsync("/health/ready")).IsSuccessStatusCode && frontend.Entry is not null);
        using var page = JsonDocument.Parse(await http.GetStringAsync("/status"));
        var deployment = page.RootElement.GetProperty("deployments")[0];
        var plan = deployment.GetProperty("status").GetProperty("plan");
        var metrics = await http.GetStringAsync("/metrics");
        var live = await http.GetStringAsync("/health/live");
        await app.StopAsync();

        Assert.Multiple(() =>
        {
            Assert.That(live, Is.EqualTo("ok\n"));
            Assert.That(deployment.GetProperty("name").GetString(), Is.EqualTo("llama"));
            Assert.That(plan.GetProperty("totalWatts").GetInt64(), Is.InRange(1, 30_000));
            Assert.That(deployment.GetProperty("status").GetProperty("ledgerWatts").GetInt64(), Is.InRange(1, 30_000));
            Assert.That(_fleet.Commands, Is.Not.Empty);
            Assert.That(_fleet.PeakWatts, Is.LessThanOrEqualTo(30_000));
            Assert.That(metrics, Does.Contain("dynamo_planner_power_budget_total_watts").And.Contain("deployment=\"llama\""));
            Assert.That(_logs.GetSnapshot().Select(record => record.Message), Has.One.StartsWith("llama: stopped as"));
            Assert.That(File.Exists(Path.Combine(_folder, "llama.snapshot.json")), Is.True);
            Assert.That(Directory.GetFiles(_folder, "*.tmp"), Is.Empty);
        });
    }

    [Test]
    public async Task A_restart_resumes_from_the_snapshot_without_sweeping()
    {
        await using var prometheus = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData);
        await RunOnceAsync(prometheus.Address);

        await using var app = Build(prometheus.Address, frontend: null, []);
        await app.StartAsync();
        var controller = app.Services.GetRequiredKeyedService<PowerPlannerController>("llama");
        await UntilAsync(() => Task.FromResult(controller.Status.State != ControllerState.Cold));
        await app.StopAsync();

        Assert.That(_logs.GetSnapshot().Select(record => record.Message), Has.One.StartsWith("llama: restored from"));
        Assert.That(controller.Status.Counters.Sweeps, Is.EqualTo(1), "the sweep of the first run");
    }

    [Test]
    public async Task A_budget_that_was_cut_while_the_host_was_down_is_obeyed()
    {
        await using var prometheus = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData);
        await RunOnceAsync(prometheus.Address);

        await using var app = Build(prometheus.Address, frontend: null, ["--Deployments:llama:Planner:totalGpuPowerLimitWatts=15000"]);
        await app.StartAsync();
        var controller = app.Services.GetRequiredKeyedService<PowerPlannerController>("llama");
        await UntilAsync(() => Task.FromResult(controller.Status is { BudgetWatts: 15_000, IsOverBudget: false, Plan.TotalWatts: <= 15_000 }));
        await app.StopAsync();

        Assert.That(_fleet.ChargedWatts, Is.LessThanOrEqualTo(15_000));
    }

    [Test]
    public async Task A_damaged_snapshot_is_put_aside_and_the_start_is_a_cold_one()
    {
        await using var prometheus = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData);
        var file = Path.Combine(_folder, "llama.snapshot.json");
        await File.WriteAllTextAsync(file, "half a snapsh");

        await RunOnceAsync(prometheus.Address);

        Assert.That(_logs.GetSnapshot().Where(record => record.Level == LogLevel.Error).Select(record => record.Message), Has.One.Contains("cold start"));
        Assert.That(await File.ReadAllTextAsync(file + ".damaged"), Is.EqualTo("half a snapsh"));
        Assert.That(File.Exists(file), Is.True, "a new snapshot");
    }

    [Test]
    public async Task Advice_changes_nothing()
    {
        await using var prometheus = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData);
        await using var frontend = await FakeFrontend.StartAsync();
        await using var app = Build(prometheus.Address, frontend.Address, [PlannerApplication.AdvisorySwitch]);
        await app.StartAsync();
        var controller = app.Services.GetRequiredKeyedService<PowerPlannerController>("llama");
        await UntilAsync(() => Task.FromResult(controller.Status.Plan is not null));
        await app.StopAsync();

        Assert.That((_fleet.Commands.Length, frontend.Writes), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task A_token_appears_in_no_log_and_on_no_page()
    {
        await using var prometheus = await FakePrometheus.StartAsync((_, context) =>
        {
            context.Response.StatusCode = 401;
            return Task.FromResult($"denied: {context.Request.Headers.Authorization}");
        });
        var token = Path.Combine(_folder, "token");
        await File.WriteAllTextAsync(token, Secret);
        await using var app = Build(prometheus.Address, frontend: null, [$"--Prometheus:BearerTokenFile={token}"]);
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        await UntilAsync(() => Task.FromResult(_logs.GetSnapshot().Any(record => record.Id.Id == 5002)));
        var page = await http.GetStringAsync("/status");
        await app.StopAsync();

        Assert.That(_logs.GetSnapshot().Select(record => record.Message + record.Exception), Has.None.Contains(Secret));
        Assert.That(page, Does.Not.Contain(Secret));
    }

    [Test]
    public void No_deployment_is_an_error_that_says_how_to_give_one() =>
        Assert.That(() => PlannerApplication.Build([]), Throws.InvalidOperationException.With.Message.Contains("Deployments:NAME:Planner"));

    [Test]
    public void A_misspelt_field_is_an_error() =>
        Assert.That(() => Build(new Uri("http://127.0.0.1:9"), frontend: null, ["--Prometheus:WindowSecond=60"]), Throws.InvalidOperationException.With.Message.StartsWith("Prometheus:WindowSecond: nothing reads this key"));

    [Test]
    public void The_host_listens_on_loopback_unless_it_is_told_otherwise() =>
        Assert.That((new PlannerHostOptions().ListenAddress.IsLoopback, new PlannerHostOptions().StatusFromAnywhere), Is.EqualTo((true, false)));

    [Test]
    public async Task Invalid_options_stop_the_start_and_are_all_named()
    {
        await using var app = Build(new Uri("http://127.0.0.1:9"), frontend: null, ["--Deployments:llama:Planner:isl=0", "--Deployments:llama:Planner:itlMs=-1"]);

        Assert.That(async () => await app.StartAsync(), Throws.TypeOf<OptionsValidationException>().With.Message.Contains("isl").And.Message.Contains("itlMs"));
    }

    [Test]
    public async Task A_host_without_an_adapter_only_starts_to_advise()
    {
        await using var app = Build(new Uri("http://127.0.0.1:9"), frontend: null, ["--Deployments:llama:Adapter=none"]);

        Assert.That(async () => await app.StartAsync(), Throws.InvalidOperationException.With.Message.Contains("--advisory"));
    }

    [TestCase("127.0.0.1", true)]
    [TestCase("::1", true)]
    [TestCase("::ffff:127.0.0.1", true)]
    [TestCase("10.0.0.7", false)]
    [TestCase("::ffff:10.0.0.7", false)]
    public void The_status_page_answers_what_arrives_on_loopback(string localAddress, bool isLocal) =>
        Assert.That(HealthEndpoints.IsLocal(IPAddress.Parse(localAddress)), Is.EqualTo(isLocal));

    private async Task RunOnceAsync(Uri prometheus)
    {
        await using var app = Build(prometheus, frontend: null, []);
        await app.StartAsync();
        var controller = app.Services.GetRequiredKeyedService<PowerPlannerController>("llama");
        await UntilAsync(() => Task.FromResult(controller.Status.State != ControllerState.Cold));
        await app.StopAsync();
    }

    private WebApplication Build(Uri prometheus, Uri? frontend, string[] args)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Host:ListenAddress"] = "http://127.0.0.1:0",
            ["Host:SnapshotFolder"] = _folder,
            ["Prometheus:Endpoints:0"] = prometheus.ToString(),
            ["Deployments:llama:Adapter"] = "memory",
            ["Deployments:llama:Prometheus:Names:Namespace"] = "prod",
            ["Deployments:llama:Prometheus:Names:Deployment"] = "llama",
            ["Deployments:llama:Prometheus:Names:PrefillService"] = "prefill",
            ["Deployments:llama:Prometheus:Names:DecodeService"] = "decode",
            ["Deployments:llama:Planner:isl"] = "3000",
            ["Deployments:llama:Planner:osl"] = "300",
            ["Deployments:llama:Planner:ttftMs"] = "800",
            ["Deployments:llama:Planner:itlMs"] = "30",
            ["Deployments:llama:Planner:tickSeconds"] = "1",
            ["Deployments:llama:Planner:totalGpuPowerLimitWatts"] = "30000",
            ["Deployments:llama:Planner:maxGpuBudget"] = "64",
            ["Deployments:llama:Planner:admissionMode"] = "autoset",
            ["Deployments:llama:Planner:prefillEngine:tp"] = "4",
            ["Deployments:llama:Planner:decodeEngine:tp"] = "8",
            ["Deployments:llama:Planner:gpuLimits:minWatts"] = "200",
            ["Deployments:llama:Planner:gpuLimits:maxWatts"] = "700",
            ["Deployments:llama:Planner:performance:kind"] = "roofline",
            ["Deployments:llama:Planner:performance:model"] = "meta-llama/Meta-Llama-3.1-70B",
            ["Deployments:llama:Planner:performance:gpu"] = "h200_sxm",
        };
        if (frontend is not null)
        {
            settings["Deployments:llama:Frontends:Model"] = "llama";
            settings["Deployments:llama:Frontends:Endpoints:f0"] = frontend.ToString();
        }

        var app = PlannerApplication.Build(args, builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings).AddCommandLine(args.Where(arg => arg != PlannerApplication.AdvisorySwitch).ToArray());
            builder.Logging.ClearProviders().AddFakeLogging();
            builder.Services.AddKeyedSingleton<FleetAdapterFactory>("memory", (_, _) => (_, _, _) => _fleet);
        });
        _logs = app.Services.GetFakeLogCollector();
        return app;
    }

    private Task UntilAsync(Func<Task<bool>> isTrue) => HostWait.UntilAsync(_logs, isTrue);
}
