using CsCheck;
using PlannerHost.Prometheus;
using PowerPlanner.Control;
using PowerPlanner.Tests;

namespace PlannerHost.Tests.Prometheus;

[TestFixture]
internal sealed class PromQlTests
{
    [Test]
    public void A_hostile_name_stays_inside_its_quotes() =>
        Assert.That(PromQl.Is("namespace", "a\"} or vector(0) #\\\n"), Is.EqualTo("namespace=\"a\\\"} or vector(0) #\\\\\\n\""));

    [Test]
    public void An_escaped_text_matches_itself_and_nothing_else() => Gen.String[Gen.Char["ab-.+*?()|[]{}^$\\_1"], 0, 12].Select(Gen.String[Gen.Char["ab-.1"], 0, 12]).Holds((text, other) =>
        System.Text.RegularExpressions.Regex.IsMatch(text, $"^(?:{PromQl.EscapeRegex(text)})$")
        && (text == other || !System.Text.RegularExpressions.Regex.IsMatch(other, $"^(?:{PromQl.EscapeRegex(text)})$")));

    [TestCase("up", true)]
    [TestCase("a:b_1", true)]
    [TestCase("1a", false)]
    [TestCase("a{b}", false)]
    [TestCase("", false)]
    public void A_metric_name_is_letters_digits_underscores_and_colons(string name, bool isName) =>
        Assert.That(PromQl.IsMetricName(name), Is.EqualTo(isName));
}

[TestFixture]
internal sealed class PlannerQueriesTests
{
    private static readonly MetricNames Names = new() { Namespace = "prod", Deployment = "llama", PrefillService = "Prefill", DecodeService = "worker" };

    // What Prometheus does with the expression: the whole label must match.
    [TestCase("llama-0-worker-x7k2p", true)]
    [TestCase("llama-13-prefill-abc12", true)]
    [TestCase("llama-70-0-worker-x7k2p", false, Description = "deployment llama-70")]
    [TestCase("llama-0-worker-large-x7k2p", false, Description = "service worker-large")]
    [TestCase("my-llama-0-worker-x7k2p", false)]
    [TestCase("llama-0-frontend-x7k2p", false)]
    [Property("Defect", "D-39")]
    public void Only_pods_of_this_deployment_and_its_roles_are_selected(string pod, bool isSelected)
    {
        var selector = new PlannerQueries(Names, 180).GpuSelector(LabelScheme.Honoured, role: null);
        var regex = selector[(selector.IndexOf("=~\"", StringComparison.Ordinal) + 3)..^2];

        Assert.That(System.Text.RegularExpressions.Regex.IsMatch(pod, $"^(?:{regex})$"), Is.EqualTo(isSelected));
    }

    [Test]
    [Property("Defect", "D-39")]
    public void A_dot_in_a_deployment_s_name_is_a_dot()
    {
        var names = new MetricNames { Namespace = "prod", Deployment = "llama-3.1", DecodeService = "w" };

        Assert.That(new PlannerQueries(names, 180).GpuSelector(LabelScheme.Exported, FleetRole.Decode), Is.EqualTo("{exported_namespace=\"prod\",exported_pod=~\"llama-3\\\\.1-[0-9]+-w-[a-z0-9]+\"}"));
    }

    [Test]
    public void A_mean_is_the_sum_over_all_frontends_by_their_count_of_requests() =>
        Assert.That(new PlannerQueries(Names, 180).TtftSeconds(), Is.EqualTo("sum(increase(dynamo_frontend_time_to_first_token_seconds_sum[180s])) / sum(increase(dynamo_frontend_time_to_first_token_seconds_count[180s]))"));

    [Test]
    public void A_model_is_selected_in_lower_case()
    {
        var names = new MetricNames { Namespace = "prod", Deployment = "llama", DecodeService = "w", Model = "Meta/Llama" };

        Assert.That(new PlannerQueries(names, 60).Isl(), Does.Contain("{model=\"meta/llama\"}[60s]"));
    }

    [Test]
    public void Doubly_scraped_frontends_count_once()
    {
        var names = new MetricNames { Namespace = "prod", Deployment = "llama", DecodeService = "w", FrontendIdentityLabel = "pod" };

        Assert.That(new PlannerQueries(names, 60).TtftP95Seconds(), Is.EqualTo("histogram_quantile(0.95, sum by (le) (max by (pod,model,le) (increase(dynamo_frontend_time_to_first_token_seconds_bucket[60s]))))"));
    }

    [Test]
    public void Energy_comes_before_the_gauge_and_twins_of_a_gpu_count_once()
    {
        var query = new PlannerQueries(Names, 180).GpuWatts(FleetRole.Decode, LabelScheme.Exported);

        Assert.That(query, Does.Match(@"^\(max by \(UUID\) \(rate\(DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION\{.*\}\[180s\]\) / 1000\) > 0\) or max by \(UUID\) \(avg_over_time\(DCGM_FI_DEV_POWER_USAGE\{.*\}\[180s\]\)\)$"));
    }
}

[TestFixture]
internal sealed class PrometheusOptionsTests
{
    [Test]
    public void Credentials_in_an_address_are_refused_and_not_repeated()
    {
        var violations = string.Join(' ', Valid(options => options.Endpoints = [new Uri("https://me:hunter2@prom/")]).Violations());

        Assert.That(violations, Does.Contain("credentials").And.Not.Contains("hunter2"));
    }

    [Test]
    public void A_token_does_not_go_over_plain_http_to_another_machine() =>
        Assert.That(Valid(options => (options.Endpoints, options.BearerTokenFile) = ([new Uri("http://prom:9090/")], "token")).Violations(), Has.One.Contains("unencrypted"));

    [Test]
    public void A_metric_s_name_that_is_a_query_is_refused() =>
        Assert.That(Valid(options => options.Names.PowerWatts = "up) or (x").Violations(), Has.One.Contains("up) or (x"));

    [Test]
    public void Options_with_the_required_fields_are_valid() => Assert.That(Valid(_ => { }).Violations(), Is.Empty);

    private static PrometheusOptions Valid(Action<PrometheusOptions> change)
    {
        var options = new PrometheusOptions { Endpoints = [new Uri("https://prom/")], Names = new MetricNames { Namespace = "prod", Deployment = "llama", DecodeService = "w" } };
        change(options);
        return options;
    }
}
