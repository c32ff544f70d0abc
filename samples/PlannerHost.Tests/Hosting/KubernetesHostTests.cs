using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using PlannerHost.Hosting;
using PlannerHost.Kubernetes;
using PlannerHost.Tests.Kubernetes;
using PlannerHost.Tests.Prometheus;
using PowerPlanner.Control;

namespace PlannerHost.Tests.Hosting;

/// <summary>The whole host on a fake API server: lease, caps, replicas, frontends among the pods.</summary>
[TestFixture]
internal sealed class KubernetesHostTests
{
    private const string Lease = "power-planner-llm";
    private const long BudgetWatts = 6000;

    private FakeLogCollector _logs = null!;

    [Test]
    public async Task It_leads_caps_scales_and_sets_thresholds_through_the_api_server()
    {
        await using var cluster = await KubernetesFixture.StartAsync(prefill: 1, decode: 1);
        await using var prometheus = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData);
        await using var frontend = await FakeFrontend.StartAsync();
        cluster.AddFrontend("llm-frontend-0", frontend.Address);
        await using var app = Build(cluster, prometheus.Address, []);
        await app.StartAsync();
        var controller = app.Services.GetRequiredKeyedService<PowerPlannerController>("llm");

        await UntilAsync(() =>
        {
            cluster.Settle();
            return controller.Status is { State: ControllerState.Watching or ControllerState.RateLimited, Plan: not null } && frontend.Entry is not null && HasCaps(cluster, controller.Status.Plan.DecodeCapWatts, "decode");
        });
        var holder = (string?)cluster.Lease(Lease)!["spec"]!["holderIdentity"];
        var plan = controller.Status.Plan!;
        var replicas = (cluster.Replicas("deployments", "llm-prefill"), cluster.Replicas("dynamocomponentdeployments", "llm-decode"));
        await app.StopAsync();

        Assert.Multiple(() =>
        {
            Assert.That(holder, Is.Not.Null.And.Not.Empty);
            Assert.That(replicas, Is.EqualTo((plan.PrefillReplicas, plan.DecodeReplicas)));
            Assert.That(controller.Status.LedgerWatts, Is.LessThanOrEqualTo(BudgetWatts));
            Assert.That((string?)cluster.Lease(Lease)!["spec"]!["holderIdentity"], Is.Empty, "given back, so that another host need not wait");
        });
    }

    [Test]
    public async Task Of_two_hosts_one_acts_and_the_other_when_it_has_gone()
    {
        await using var cluster = await KubernetesFixture.StartAsync(prefill: 1, decode: 1);
        await using var prometheus = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData);
        await using var first = Build(cluster, prometheus.Address, []);
        await first.StartAsync();
        await UntilAsync(() => Settled(cluster, Leads(first)));
        await using var second = Build(cluster, prometheus.Address, []);
        await second.StartAsync();
        var standby = second.Services.GetRequiredKeyedService<PowerPlannerController>("llm");
        await UntilAsync(() => Settled(cluster, standby.Status.State != ControllerState.Cold));

        Assert.That((Leads(first), Leads(second)), Is.EqualTo((true, false)));
        await first.StopAsync();

        await UntilAsync(() => Settled(cluster, Leads(second)));
        await second.StopAsync();
    }

    [Test]
    public async Task A_host_that_has_lost_its_lease_writes_nothing()
    {
        await using var cluster = await KubernetesFixture.StartAsync(prefill: 1, decode: 1);
        await using var prometheus = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData);
        await using var app = Build(cluster, prometheus.Address, []);
        await app.StartAsync();
        var controller = app.Services.GetRequiredKeyedService<PowerPlannerController>("llm");
        await UntilAsync(() => Settled(cluster, controller.Status.Plan is not null && HasCaps(cluster, controller.Status.Plan.DecodeCapWatts, "decode")));

        cluster.ChangeLease(Lease, spec =>
        {
            spec["holderIdentity"] = "another-host";
            spec["leaseDurationSeconds"] = LeaderLease.LongestDurationSeconds;
        });
        await UntilAsync(() => !Leads(app));
        cluster.ClearRequests();
        controller.UpdateBudget(BudgetWatts / 2);
        cluster.Annotate(cluster.Pods("decode")[0], FakeApiServer.CapAnnotation, "700");
        await UntilAsync(() => controller.Status.BudgetWatts == BudgetWatts / 2);
        await controller.TickAsync();

        Assert.That(cluster.Writes, Is.Empty);
        Assert.That(cluster.Annotation(cluster.Pods("decode")[0], FakeApiServer.CapAnnotation), Is.EqualTo("700"));
        await app.StopAsync();
    }

    [Test]
    public async Task A_host_that_advises_asks_for_no_lease_and_writes_nothing()
    {
        await using var cluster = await KubernetesFixture.StartAsync(prefill: 1, decode: 1);
        await using var prometheus = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData);
        await using var app = Build(cluster, prometheus.Address, [PlannerApplication.AdvisorySwitch]);
        await app.StartAsync();
        var controller = app.Services.GetRequiredKeyedService<PowerPlannerController>("llm");
        await UntilAsync(() => controller.Status.Plan is not null);
        await controller.TickAsync();
        await app.StopAsync();

        Assert.That(cluster.Requests, Has.None.Contains("leases").And.None.Contains("watch=true"));
        Assert.That(cluster.Writes, Is.Empty);
    }

    [Test]
    public async Task Caps_in_force_can_come_from_a_metric()
    {
        await using var cluster = await KubernetesFixture.StartAsync(prefill: 1, decode: 1);
        var pod = cluster.Pods("decode")[0];
        await using var prometheus = await FakePrometheus.StartAsync(query => query.Contains("max by (exported_pod,UUID) (DCGM_FI_DEV_POWER_MGMT_LIMIT", StringComparison.Ordinal)
            ? FakePrometheus.NoData.Replace("[]", $"[{Sample(pod, "412")},{Sample(cluster.Pods("prefill")[0], "1e9")}]", StringComparison.Ordinal)
            : FakePrometheus.NoData);
        await using var app = Build(cluster, prometheus.Address, [PlannerApplication.AdvisorySwitch, "--Deployments:llm:Kubernetes:CapReadBack=Metric"]);

        var state = await app.Services.GetRequiredKeyedService<KubernetesActuator>("llm").ReadAsync(CancellationToken.None);

        Assert.That((state.Decode!.EffectiveCapWatts, state.Prefill!.EffectiveCapWatts), Is.EqualTo(((int?)412, (int?)null)), "a cap that no GPU has is unknown");
    }

    [Test]
    public async Task The_example_configuration_is_one_that_starts()
    {
        await using var app = PlannerApplication.Build([], builder =>
            builder.Configuration.AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.example.jsonc")));

        Assert.That(app.Services.GetServices<HostedDeployment>().Select(deployment => deployment.Options.TotalGpuPowerLimitWatts), Is.EquivalentTo(new[] { 30_000, 1200 }));
    }

    [TestCase("--Hst:SnapshotSeconds=5", "Hst")]
    [TestCase("--Host:SnapshotSecond=5", "Host:SnapshotSecond")]
    [TestCase("--Kubernetes:Sever=http://x", "Kubernetes:Sever")]
    [TestCase("--Prometheus:Names:Namespaze=x", "Prometheus:Names:Namespaze")]
    [TestCase("--Deployments:llm:Adaptor=kubernetes", "Deployments:llm:Adaptor")]
    [TestCase("--Deployments:llm:Kubernetes:Decode:LabelSelektor=x", "Deployments:llm:Kubernetes:Decode:LabelSelektor")]
    [TestCase("--Deployments:llm:Lease:Duration=30", "Deployments:llm:Lease:Duration")]
    [TestCase("--Deployments:llm:Nvml:Prefil:Gpus:0=x", "Deployments:llm:Nvml:Prefil")]
    [TestCase("--Deployments:llm:Frontends:Timeout=1", "Deployments:llm:Frontends:Timeout")]
    public void A_key_that_nobody_reads_stops_the_start_and_says_where_it_stands(string argument, string key) =>
        Assert.That(
            () => Build(new Uri("http://127.0.0.1:9"), new Uri("http://127.0.0.1:9"), [argument]),
            Throws.InvalidOperationException.With.Message.StartsWith($"{key}: nothing reads this key").And.Message.Contains(" has "));

    [TestCase("--Deployments:llm:Kubernetes:Decode:LabelSelector=", "Kubernetes:Decode:LabelSelector")]
    [TestCase("--Deployments:llm:Lease:ActSeconds=29", "Lease:ActSeconds")]
    [TestCase("--Deployments:llm:Frontends:Model=", "Frontends:Model")]
    [TestCase("--Kubernetes:Server=http://user:secret@10.0.0.1/", "carries credentials")]
    public void A_value_that_cannot_be_stops_the_start(string argument, string part) =>
        Assert.That(
            () => Build(new Uri("http://127.0.0.1:9"), new Uri("http://127.0.0.1:9"), [argument]),
            Throws.InvalidOperationException.With.Message.Contains(part).And.Message.Not.Contains("secret"));

    [Test]
    public void Deployments_that_would_share_a_lease_are_refused() =>
        Assert.That(
            () => Build(new Uri("http://127.0.0.1:9"), new Uri("http://127.0.0.1:9"), ["--Deployments:llm:Lease:Name=one"], Settings("chat").Append(new("Deployments:chat:Lease:Name", "one"))),
            Throws.InvalidOperationException.With.Message.Contains("llm").And.Message.Contains("chat").And.Message.Contains("llm/one"));

    private static string Sample(string pod, string value) =>
        new JsonObject { ["metric"] = new JsonObject { ["exported_pod"] = pod }, ["value"] = new JsonArray(1, value) }.ToJsonString();

    private static bool Leads(WebApplication app) => app.Services.GetRequiredKeyedService<ILeadership>("llm").IsLeader;

    private static bool Settled(FakeApiServer cluster, bool condition)
    {
        cluster.Settle();
        return condition;
    }

    private static bool HasCaps(FakeApiServer cluster, int watts, string role) =>
        cluster.Pods(role).All(pod => cluster.Annotation(pod, FakeApiServer.CapAnnotation) == watts.ToString(CultureInfo.InvariantCulture));

    private static Dictionary<string, string?> Settings(string name) => new()
    {
        [$"Deployments:{name}:Adapter"] = "kubernetes",
        [$"Deployments:{name}:Kubernetes:Namespace"] = FakeApiServer.Namespace,
        [$"Deployments:{name}:Kubernetes:Prefill:LabelSelector"] = "app=llm,component=prefill",
        [$"Deployments:{name}:Kubernetes:Prefill:Name"] = "llm-prefill",
        [$"Deployments:{name}:Kubernetes:Decode:LabelSelector"] = "app=llm,component=decode",
        [$"Deployments:{name}:Kubernetes:Decode:Group"] = "nvidia.com",
        [$"Deployments:{name}:Kubernetes:Decode:Version"] = "v1alpha1",
        [$"Deployments:{name}:Kubernetes:Decode:Plural"] = "dynamocomponentdeployments",
        [$"Deployments:{name}:Kubernetes:Decode:Name"] = "llm-decode",
        [$"Deployments:{name}:Kubernetes:Frontends:LabelSelector"] = "app=llm,component=frontend",
        [$"Deployments:{name}:Frontends:Model"] = "llm",
        [$"Deployments:{name}:Prometheus:Names:Namespace"] = FakeApiServer.Namespace,
        [$"Deployments:{name}:Prometheus:Names:Deployment"] = "llm",
        [$"Deployments:{name}:Prometheus:Names:PrefillService"] = "prefill",
        [$"Deployments:{name}:Prometheus:Names:DecodeService"] = "decode",
        [$"Deployments:{name}:Planner:isl"] = "3000",
        [$"Deployments:{name}:Planner:osl"] = "300",
        [$"Deployments:{name}:Planner:ttftMs"] = "800",
        [$"Deployments:{name}:Planner:itlMs"] = "60",
        [$"Deployments:{name}:Planner:tickSeconds"] = "1",
        [$"Deployments:{name}:Planner:totalGpuPowerLimitWatts"] = BudgetWatts.ToString(CultureInfo.InvariantCulture),
        [$"Deployments:{name}:Planner:maxGpuBudget"] = "12",
        [$"Deployments:{name}:Planner:admissionMode"] = "autoset",
        [$"Deployments:{name}:Planner:prefillEngine:tp"] = "1",
        [$"Deployments:{name}:Planner:decodeEngine:tp"] = "1",
        [$"Deployments:{name}:Planner:gpuLimits:minWatts"] = "200",
        [$"Deployments:{name}:Planner:gpuLimits:maxWatts"] = "700",
        [$"Deployments:{name}:Planner:tdpWatts"] = "700",
        [$"Deployments:{name}:Planner:performance:kind"] = "fixed",
        [$"Deployments:{name}:Planner:performance:ttftMs"] = "120",
        [$"Deployments:{name}:Planner:performance:itlMs"] = "20",
        [$"Deployments:{name}:Planner:performance:maxKvTokens"] = "150000",
        [$"Deployments:{name}:Planner:performance:prefillPowerW"] = "620",
        [$"Deployments:{name}:Planner:performance:decodePowerW"] = "450",
    };

    private WebApplication Build(FakeApiServer cluster, Uri prometheus, string[] args) => Build(cluster.Address, prometheus, args);

    private WebApplication Build(Uri cluster, Uri prometheus, string[] args, IEnumerable<KeyValuePair<string, string?>>? more = null)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Host:ListenAddress"] = "http://127.0.0.1:0",
            ["Prometheus:Endpoints:0"] = prometheus.ToString(),
            ["Kubernetes:Server"] = cluster.ToString(),
        };
        var app = PlannerApplication.Build(args, builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings).AddInMemoryCollection(Settings("llm")).AddInMemoryCollection(more ?? [])
                .AddCommandLine(args.Where(arg => arg != PlannerApplication.AdvisorySwitch).ToArray());
            builder.Logging.ClearProviders().AddFakeLogging();
        });
        _logs = app.Services.GetFakeLogCollector();
        return app;
    }

    private Task UntilAsync(Func<bool> isTrue) => HostWait.UntilAsync(_logs, () => Task.FromResult(isTrue()));
}
