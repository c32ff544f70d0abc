using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using PlannerHost.Hosting;
using PowerPlanner.Diagnostics;

namespace PlannerHost.Tests.Deploy;

/// <summary>What an operator takes from <c>deploy</c>: rules, dashboard, manifests, each against what the host really is.</summary>
[TestFixture]
internal sealed partial class DeployFilesTests
{
    [Test]
    public Task Promtool_has_nothing_against_the_alert_rules() => PromtoolAsync("check", "rules", File("alerts.yaml"));

    // Two hosts report each deployment, of which the second does not lead.
    [Test]
    public Task Alerts_fire_once_a_deployment_and_when_they_should() => PromtoolAsync("test", "rules", File("alerts.test.yaml"));

    [TestCase("alerts.yaml")]
    [TestCase("dashboard.json")]
    public async Task Every_metric_that_is_asked_for_is_one_of_the_host(string file)
    {
        var asked = MetricName().Matches(await System.IO.File.ReadAllTextAsync(File(file))).Select(match => match.Value).Distinct().ToList();
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var known = new HashSet<string>(StringComparer.Ordinal);
        using var listener = new System.Diagnostics.Metrics.MeterListener { InstrumentPublished = (instrument, _) => known.Add(Exported(instrument)) };
        listener.Start();
        using var instruments = new PlannerInstruments(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());

        Assert.That(asked.Select(name => name.Replace("_bucket", "", StringComparison.Ordinal)), Is.SubsetOf(known).And.Not.Empty);
    }

    [Test]
    public void The_dashboard_is_one_that_grafana_can_place()
    {
        using var dashboard = JsonDocument.Parse(System.IO.File.ReadAllText(File("dashboard.json")));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();

        Assert.That(panels.Select(panel => panel.GetProperty("id").GetInt32()), Is.Unique);
        Assert.That(panels.Select(panel => (panel.GetProperty("gridPos").GetProperty("x").GetInt32(), panel.GetProperty("gridPos").GetProperty("y").GetInt32())), Is.Unique);
        Assert.That(panels.SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()), Is.All.Contains("$deployment"));
    }

    [Test]
    public void The_manifest_runs_without_rights_and_its_configuration_starts()
    {
        var objects = KubernetesYaml.LoadAllFromString(System.IO.File.ReadAllText(File("planner.yaml")));
        var pod = objects.OfType<V1Deployment>().Single().Spec.Template.Spec;
        var container = pod.Containers.Single();
        var account = KubernetesYaml.LoadAllFromString(System.IO.File.ReadAllText(File("rbac.yaml"))).OfType<V1ServiceAccount>().Single();
        var settings = Directory.CreateTempSubdirectory("settings-");
        try
        {
            var file = Path.Combine(settings.FullName, "planner.json");
            System.IO.File.WriteAllText(file, objects.OfType<V1ConfigMap>().Single().Data["appsettings.json"]);
            using var app = (IDisposable)PlannerApplication.Build([], builder => builder.Configuration.AddJsonFile(file));
        }
        finally
        {
            settings.Delete(recursive: true);
        }

        Assert.Multiple(() =>
        {
            Assert.That(pod.ServiceAccountName, Is.EqualTo(account.Metadata.Name));
            Assert.That((pod.SecurityContext.RunAsNonRoot, container.SecurityContext.AllowPrivilegeEscalation, container.SecurityContext.ReadOnlyRootFilesystem), Is.EqualTo(((bool?)true, (bool?)false, (bool?)true)));
            Assert.That(container.SecurityContext.Capabilities.Drop, Is.EqualTo(new[] { "ALL" }));
        });
    }

    [Test]
    public void A_changed_configuration_reaches_the_host_that_the_manifest_starts()
    {
        var container = KubernetesYaml.LoadAllFromString(System.IO.File.ReadAllText(File("planner.yaml"))).OfType<V1Deployment>().Single().Spec.Template.Spec.Containers.Single();
        var mount = container.VolumeMounts.Single(volume => volume.Name == "configuration");

        Assert.Multiple(() =>
        {
            Assert.That(mount.SubPath, Is.Null, "a file that is mounted by itself is never replaced");
            Assert.That(container.Args, Is.EqualTo(new[] { $"--contentRoot={mount.MountPath}" }));
            Assert.That(container.Env.Single(variable => variable.Name == "DOTNET_USE_POLLING_FILE_WATCHER").Value, Is.EqualTo("1"));
        });
    }

    [TestCase("llm-prefill-7c9f8b6d5-x7k2p", true, Description = "of a Deployment")]
    [TestCase("llm-0-prefill-x7k2p", true, Description = "of the operator")]
    [TestCase("llm-prefill-large-x7k2p", false)]
    [TestCase("llm-prefill-large-7c9f8b6d5-x7k2p", false)]
    [TestCase("llm-70-0-prefill-x7k2p", false)]
    public void The_manifest_s_pods_are_found_by_their_names_and_no_others(string pod, bool isFound)
    {
        using var settings = JsonDocument.Parse(KubernetesYaml.LoadAllFromString(System.IO.File.ReadAllText(File("planner.yaml"))).OfType<V1ConfigMap>().Single().Data["appsettings.json"]);
        var names = settings.RootElement.GetProperty("Deployments").GetProperty("llm").GetProperty("Prometheus").GetProperty("Names");
        var pattern = names.GetProperty("PodPattern").GetString()!.Replace("{deployment}", "llm", StringComparison.Ordinal).Replace("{service}", "prefill", StringComparison.Ordinal);

        Assert.That(Regex.IsMatch(pod, $"^(?:{pattern})$"), Is.EqualTo(isFound));
    }

    private static async Task PromtoolAsync(params string[] arguments)
    {
        const string Message = "SKIPPED FOR WANT OF PROMTOOL: install the Debian package 'prometheus'.";
        if (PrometheusProcess.Program is not { } prometheus)
        {
            TestContext.Progress.WriteLine(Message);
            Assert.Ignore(Message);
            return;
        }

        using var promtool = Process.Start(new ProcessStartInfo(Path.Combine(Path.GetDirectoryName(prometheus)!, "promtool"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = promtool.StandardError.ReadToEndAsync();
        var output = await promtool.StandardOutput.ReadToEndAsync() + await errors;
        await promtool.WaitForExitAsync();

        Assert.That((promtool.ExitCode, output), Is.EqualTo((0, output)));
        Assert.That(output, Does.Contain("SUCCESS"));
    }

    private static string File(string name) => Path.Combine(AppContext.BaseDirectory, "deploy", name);

    // As the exporter names them: base units in words, counters with a suffix of their own.
    private static string Exported(System.Diagnostics.Metrics.Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_') + instrument.Unit switch
        {
            "W" => "_watts",
            "s" => "_seconds",
            _ => "",
        };
        return instrument.GetType().Name.Contains("Counter", StringComparison.Ordinal) && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    [GeneratedRegex("\\b(dynamo|powerplanner)_[a-z_]+[a-z]")]
    private static partial Regex MetricName();
}
