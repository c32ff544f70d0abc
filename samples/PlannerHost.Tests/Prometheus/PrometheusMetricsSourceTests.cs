using Microsoft.Extensions.Logging.Testing;
using PlannerHost.Prometheus;
using PowerPlanner.Control;
using PowerPlanner.Testing.Conformance;

namespace PlannerHost.Tests.Prometheus;

[TestFixture]
internal sealed class PrometheusMetricsSourceTests
{
    [Test]
    public async Task Nothing_to_read_is_absent_not_zero()
    {
        await using var server = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData);
        using var source = Source(server.Address);

        await new MetricsSourceConformance(source).AbsentIsNotZeroAsync();
        await new MetricsSourceConformance(source).CancellationIsHonouredAsync();
    }

    [Test]
    public async Task Quotients_of_nothing_are_absent()
    {
        await using var server = await FakePrometheus.StartAsync(query => IsAge(query) ? FakePrometheus.Vector(1) : query.Contains('/', StringComparison.Ordinal) ? FakePrometheus.Vector("NaN") : FakePrometheus.Vector(0));
        using var source = Source(server.Address);

        var seen = await source.ObserveAsync(CancellationToken.None);

        Assert.That(seen!.Requests, Is.Zero, "no request in a window is an observation");
        Assert.That((seen.TtftMs, seen.ItlMs, seen.Isl, seen.Osl), Is.EqualTo(((double?)null, (double?)null, (double?)null, (double?)null)));
    }

    [Test]
    public async Task A_question_that_fails_leaves_the_others_their_answers()
    {
        await using var server = await FakePrometheus.StartAsync((query, context) =>
        {
            context.Response.StatusCode = query.Contains("first_token", StringComparison.Ordinal) ? 503 : 200;
            return Task.FromResult(context.Response.StatusCode == 503 ? "" : FakePrometheus.Vector(IsAge(query) ? 3 : 7));
        });
        using var source = Source(server.Address);

        var seen = await source.ObserveAsync(CancellationToken.None);

        Assert.That((seen!.TtftMs, seen.ItlMs, seen.Age), Is.EqualTo(((double?)null, (double?)7000, (TimeSpan?)TimeSpan.FromSeconds(3))));
    }

    [Test]
    public async Task Stale_power_is_absent_while_fresh_traffic_stays()
    {
        await using var server = await FakePrometheus.StartAsync(query => FakePrometheus.Vector(!IsAge(query) ? 7 : query.Contains("DCGM", StringComparison.Ordinal) ? 200 : 10));
        using var source = Source(server.Address);

        var seen = await source.ObserveAsync(CancellationToken.None);

        Assert.That((seen!.TotalWatts, seen.Decode, seen.Requests, seen.Age), Is.EqualTo(((double?)null, (RoleObservation?)null, (double?)7, (TimeSpan?)TimeSpan.FromSeconds(10))));
    }

    [TestCase(2, 700.0)]
    [TestCase(3, null)]
    public async Task A_total_without_some_gpus_is_no_total(int expectedGpus, double? totalWatts)
    {
        await using var server = await FakePrometheus.StartAsync(TwoGpus);
        using var source = Source(server.Address, expectedGpus);

        var seen = await source.ObserveAsync(CancellationToken.None);

        Assert.That((seen!.TotalWatts, seen.Decode!.PowerWattsPerGpu), Is.EqualTo((totalWatts, (double?)350)));
    }

    [TestCase("-1")]
    [TestCase("1e308")]
    [TestCase("99999999999999999999999999")]
    public async Task Numbers_that_no_fleet_has_pass_for_none_that_one_has(string hostile)
    {
        await using var server = await FakePrometheus.StartAsync(query => IsAge(query) || query.StartsWith("count", StringComparison.Ordinal) ? FakePrometheus.Vector(1) : FakePrometheus.Vector(hostile));
        using var source = Source(server.Address, expectedGpus: 1);

        var seen = await source.ObserveAsync(CancellationToken.None);

        // What is absurd for a GPU, the controller judges: it knows the GPU. Here nothing may overflow or turn into a plausible value.
        Assert.That((seen!.Decode!.EffectiveCapWatts, seen.Decode.MaxBatchedTokens), Is.EqualTo(((int?)null, (long?)null)));
        Assert.That(seen.TotalWatts, Is.Null.Or.GreaterThan(1e12));
    }

    [Test]
    public async Task A_partial_answer_makes_no_total()
    {
        await using var server = await FakePrometheus.StartAsync(query => TwoGpus(query).Replace("""{"status":"success",""", """{"status":"success","warnings":["store is away"],""", StringComparison.Ordinal));
        using var source = Source(server.Address);

        Assert.That((await source.ObserveAsync(CancellationToken.None))!.TotalWatts, Is.Null);
    }

    [TestCase("exported_pod=", LabelScheme.Exported)]
    [TestCase(",pod=", LabelScheme.Honoured)]
    public async Task The_labels_that_have_our_pods_are_found(string label, object scheme)
    {
        await using var server = await FakePrometheus.StartAsync(query => query.Contains(label, StringComparison.Ordinal) ? FakePrometheus.Vector(2) : FakePrometheus.NoData);
        using var source = Source(server.Address);

        await source.ObserveAsync(CancellationToken.None);

        Assert.That(source.Labels, Is.EqualTo((LabelScheme)scheme));
    }

    [Test]
    public async Task A_trouble_is_told_once_when_it_begins_and_once_when_it_ends()
    {
        var isBroken = true;
        await using var server = await FakePrometheus.StartAsync(query => isBroken && query.Contains("first_token", StringComparison.Ordinal) ? "oops" : FakePrometheus.Vector(1));
        var logger = new FakeLogger<PrometheusMetricsSource>();
        using var source = new PrometheusMetricsSource(Options(server.Address), _ => null, TimeProvider.System, logger);

        await source.ObserveAsync(CancellationToken.None);
        await source.ObserveAsync(CancellationToken.None);
        isBroken = false;
        await source.ObserveAsync(CancellationToken.None);

        Assert.That(logger.Collector.GetSnapshot().Where(record => record.Message.Contains("TTFT is", StringComparison.Ordinal)).Select(record => record.Id.Id), Is.EqualTo(new[] { 5002, 5003 }));
    }

    [Test]
    public async Task No_answer_at_all_is_an_exception()
    {
        using var source = Source(await Loopback.DeadAsync());

        Assert.That(async () => await source.ObserveAsync(CancellationToken.None), Throws.TypeOf<PrometheusException>());
    }

    private static bool IsAge(string query) => query.StartsWith("time()", StringComparison.Ordinal);

    private static string TwoGpus(string query) =>
        IsAge(query) ? FakePrometheus.Vector(1) : query.Contains("ENERGY", StringComparison.Ordinal) ? FakePrometheus.Vector("300", "400") : FakePrometheus.Vector(2);

    private static PrometheusMetricsSource Source(Uri endpoint, int? expectedGpus = null) =>
        new(Options(endpoint), _ => expectedGpus, TimeProvider.System, new FakeLogger<PrometheusMetricsSource>());

    private static PrometheusOptions Options(Uri endpoint) =>
        new() { Endpoints = [endpoint], QueryTimeoutSeconds = 60, Names = new MetricNames { Namespace = "prod", Deployment = "llama", DecodeService = "worker" } };
}
