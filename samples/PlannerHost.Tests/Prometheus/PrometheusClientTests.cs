using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PlannerHost.Prometheus;

namespace PlannerHost.Tests.Prometheus;

[TestFixture]
internal sealed class PrometheusClientTests
{
    private const int LimitSeconds = 60;

    [Test]
    public async Task The_first_replica_that_answers_is_enough()
    {
        var time = new FakeTimeProvider();
        await using var hung = await FakePrometheus.HungAsync(() => time.Advance(TimeSpan.FromSeconds(LimitSeconds)));
        await using var healthy = await FakePrometheus.StartAsync(_ => FakePrometheus.Vector(42));
        using var client = Client(time, await Loopback.DeadAsync(), hung.Address, healthy.Address);

        Assert.That((await client.QueryAsync("up", CancellationToken.None)).Single, Is.EqualTo(42));
    }

    [Test]
    public async Task A_replica_that_failed_is_asked_last_for_a_while()
    {
        var asked = 0;
        await using var failing = await FakePrometheus.StartAsync((_, context) =>
        {
            asked++;
            context.Response.StatusCode = 500;
            return Task.FromResult("{}");
        });
        await using var healthy = await FakePrometheus.StartAsync(_ => FakePrometheus.Vector(1));
        using var client = Client(new FakeTimeProvider(), failing.Address, healthy.Address);

        await client.QueryAsync("up", CancellationToken.None);
        await client.QueryAsync("up", CancellationToken.None);

        Assert.That(asked, Is.EqualTo(1));
    }

    [Test]
    public async Task Replicas_are_never_added_up()
    {
        await using var first = await FakePrometheus.StartAsync(_ => FakePrometheus.Vector(100));
        await using var second = await FakePrometheus.StartAsync(_ => FakePrometheus.Vector(100));
        using var client = Client(first.Address, second.Address);

        Assert.That((await client.QueryAsync("sum(x)", CancellationToken.None)).Samples, Is.EqualTo(new[] { 100.0 }));
    }

    [Test]
    public async Task A_failure_of_all_names_each_and_why()
    {
        var time = new FakeTimeProvider();
        await using var hung = await FakePrometheus.HungAsync(() => time.Advance(TimeSpan.FromSeconds(LimitSeconds)));
        await using var busy = await Loopback.StartAsync(context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        var dead = await Loopback.DeadAsync();
        using var client = Client(time, hung.Address, busy.Address, dead);

        Assert.That(async () => await client.QueryAsync("up", CancellationToken.None), Throws.TypeOf<PrometheusException>()
            .With.Message.Contains($"{hung.Address.Authority}: no answer in time")
            .And.Message.Contains($"{busy.Address.Authority}: HTTP 503")
            .And.Message.Contains($"{dead.Authority}: no connection"));
    }

    [TestCase("")]
    [TestCase("<html>gateway</html>")]
    [TestCase("null")]
    [TestCase("""{"status":"success"}""")]
    [TestCase("""{"status":"success","data":{"resultType":"vector"}}""")]
    [TestCase("""{"status":"success","data":{"resultType":"vector","result":{}}}""")]
    [TestCase("""{"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}}""")]
    [TestCase("""{"status":"success","data":{"resultType":"vector","result":[{"value":[1,2]}]}}""")]
    [TestCase("""{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"two"]}]}}""")]
    [TestCase("""{"status":"success","data":{"resultType":"matrix","result":[]}}""")]
    [TestCase("""{"status":"success","data":{"resultType":"vector","result":[""")]
    [TestCase("""{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"\ud800"]}]}}""")]
    [TestCase("""{"status":"success","data":{"resultType":"vec\ud800","result":[]}}""")]
    [TestCase("""{"status":"success","data":{"resultType":"scalar","result":[1,"0x10"]}}""")]
    [TestCase("""{"status":"success","data":{"resultType":"scalar","result":[1,"1,000"]}}""")]
    [TestCase("""{"status":"success","data":{"resultType":"scalar","result":[1,NaN]}}""")]
    public async Task A_malformed_answer_is_a_failure_of_the_replica(string answer)
    {
        await using var server = await FakePrometheus.StartAsync(_ => answer);
        using var client = Client(server.Address);

        Assert.That(async () => await client.QueryAsync("up", CancellationToken.None), Throws.TypeOf<PrometheusException>());
    }

    [Test]
    public async Task An_answer_nested_without_end_is_a_failure_of_the_replica()
    {
        await using var server = await FakePrometheus.StartAsync(_ => $$"""{"status":"success","data":{"resultType":"vector","result":{{new string('[', 40_000)}}""");
        using var client = Client(server.Address);

        Assert.That(async () => await client.QueryAsync("up", CancellationToken.None), Throws.TypeOf<PrometheusException>());
    }

    [Test]
    public async Task A_small_answer_that_unpacks_to_a_large_one_is_not_read()
    {
        await using var server = await Loopback.StartAsync(async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.ContentEncoding = "gzip";
            var unpacked = new System.IO.Compression.GZipStream(context.Response.Body, System.IO.Compression.CompressionLevel.SmallestSize);
            await using (unpacked)
            {
                await unpacked.WriteAsync(new byte[1_000_000], context.RequestAborted);
            }
        });
        using var client = Client(server.Address);

        Assert.That(async () => await client.QueryAsync("up", CancellationToken.None), Throws.TypeOf<PrometheusException>().With.Message.Contains("larger than MaxResponseBytes"));
    }

    [TestCase("""[{"metric":{"pod":"a"},"value":[1,"400"]},{"metric":{"pod":"a"},"value":[1,"450"]},{"metric":{"pod":"a"},"value":[1,"NaN"]}]""", "a: 400 450")]
    [TestCase("""[{"metric":{},"value":[1,"400"]},{"metric":{"pod":7},"value":[1,"400"]},{"metric":[],"value":[1,"400"]},{"value":[1,"400"]}]""", "")]
    [TestCase("""[{"metric":{"pod":"a\nb\"}"},"value":[1,"-1"]}]""", "a\nb\"}: -1")]
    public async Task Samples_are_grouped_by_a_label_whatever_it_holds(string series, string groups)
    {
        await using var server = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData.Replace("[]", series, StringComparison.Ordinal));
        using var client = Client(server.Address);

        var seen = await client.QueryByLabelAsync("up", "pod", CancellationToken.None);

        Assert.That(string.Join("; ", seen.Select(group => $"{group.Key}: {string.Join(' ', group.Value)}")), Is.EqualTo(groups));
    }

    [TestCase("""[{"metric":{"pod":"\ud800"},"value":[1,"1"]}]""")]
    [TestCase("""[{"metric":{"pod":"a"}}]""")]
    [TestCase("""{"pod":"a"}""")]
    public async Task A_malformed_group_is_a_failure_of_the_replica(string series)
    {
        await using var server = await FakePrometheus.StartAsync(_ => FakePrometheus.NoData.Replace("[]", series, StringComparison.Ordinal));
        using var client = Client(server.Address);

        Assert.That(async () => await client.QueryByLabelAsync("up", "pod", CancellationToken.None), Throws.TypeOf<PrometheusException>());
    }

    [Test]
    public async Task Two_series_where_one_number_was_asked_for_are_no_number()
    {
        await using var server = await FakePrometheus.StartAsync(_ => FakePrometheus.Vector("1", "1"));
        using var client = Client(server.Address);

        Assert.That((await client.QueryAsync("up", CancellationToken.None)).Single, Is.Null);
    }

    [Test]
    public void A_damaged_answer_is_read_or_refused_and_nothing_else() => Gen.Select(Gen.Int[0, 120], Gen.Byte, Gen.Int[0, 120], Gen.Byte).Sample((first, one, second, other) =>
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes("""{"status":"success","warnings":[],"data":{"resultType":"vector","result":[{"metric":{"pod":"a"},"value":[1.5,"42.25"]}]}}""");
        (bytes[first % bytes.Length], bytes[second % bytes.Length]) = (one, other);
        try
        {
            PrometheusJson.Read(bytes);
            PrometheusJson.ReadByLabel(bytes, "pod");
        }
        catch (PrometheusException)
        {
            // Refused.
        }
    });

    [Test]
    public async Task An_answer_above_the_limit_is_not_read()
    {
        await using var server = await Loopback.StartAsync(async context =>
        {
            context.Response.ContentType = "application/json";
            var block = new byte[64 * 1024];
            Array.Fill(block, (byte)' ');
            for (var i = 0; i < 4096; i++)
            {
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
        });
        using var client = Client(server.Address);

        Assert.That(async () => await client.QueryAsync("up", CancellationToken.None), Throws.TypeOf<PrometheusException>().With.Message.Contains("larger than MaxResponseBytes"));
    }

    [Test]
    public async Task What_a_server_says_of_an_error_reaches_the_log_on_one_short_line()
    {
        await using var server = await FakePrometheus.StartAsync((_, context) =>
        {
            context.Response.StatusCode = 422;
            return Task.FromResult($$"""{"status":"error","errorType":"execution","error":"too many\n\u001b[31mSAMPLES{{new string('x', 5000)}}"}""");
        });
        using var client = Client(server.Address);

        var exception = (await Assert.ThrowsAsync<PrometheusException>(async () => await client.QueryAsync("up", CancellationToken.None)))!;

        Assert.That(exception.Message, Does.Contain("execution: too many  [31mSAMPLES").And.Not.Contains("\n"));
        Assert.That(exception.Message, Has.Length.LessThan(400));
    }

    [TestCase("NaN")]
    [TestCase("+Inf")]
    [TestCase("-Inf")]
    public async Task What_is_not_finite_is_no_data(string value)
    {
        await using var server = await FakePrometheus.StartAsync(_ => FakePrometheus.Vector(value));
        using var client = Client(server.Address);

        Assert.That((await client.QueryAsync("up", CancellationToken.None)).Single, Is.Null);
    }

    [Test]
    public async Task A_bearer_token_is_read_anew_for_each_query_and_never_shown()
    {
        var seen = new List<string>();
        await using var server = await FakePrometheus.StartAsync((_, context) =>
        {
            seen.Add(context.Request.Headers.Authorization.ToString());
            context.Response.StatusCode = seen.Count > 2 ? 401 : 200;
            return Task.FromResult(seen.Count > 2 ? "denied" : FakePrometheus.NoData);
        });
        var file = Path.GetTempFileName();
        try
        {
            using var client = new PrometheusClient(new PrometheusOptions { Endpoints = [server.Address], Names = Names, BearerTokenFile = file }, TimeProvider.System);
            await File.WriteAllTextAsync(file, "first-secret\n");
            await client.QueryAsync("up", CancellationToken.None);
            await File.WriteAllTextAsync(file, "second-secret\n");
            await client.QueryAsync("up", CancellationToken.None);

            var denied = (await Assert.ThrowsAsync<PrometheusException>(async () => await client.QueryAsync("up", CancellationToken.None)))!;

            Assert.That(seen, Is.EqualTo(new[] { "Bearer first-secret", "Bearer second-secret", "Bearer second-secret" }));
            Assert.That(denied.ToString(), Does.Not.Contain("second-secret"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public async Task A_redirect_is_not_followed()
    {
        var visited = false;
        await using var elsewhere = await Loopback.StartAsync(_ =>
        {
            visited = true;
            return Task.CompletedTask;
        });
        await using var server = await Loopback.StartAsync(context =>
        {
            context.Response.Redirect(elsewhere.Address.ToString());
            return Task.CompletedTask;
        });
        using var client = Client(server.Address);

        Assert.That(async () => await client.QueryAsync("up", CancellationToken.None), Throws.TypeOf<PrometheusException>());
        Assert.That(visited, Is.False);
    }

    [Test]
    public async Task Cancelling_is_not_a_failure_of_the_replica()
    {
        await using var hung = await FakePrometheus.HungAsync();
        using var client = Client(hung.Address);
        using var cancel = new CancellationTokenSource();
        var query = client.QueryAsync("up", cancel.Token);

        await cancel.CancelAsync();

        Assert.That(async () => await query, Throws.InstanceOf<OperationCanceledException>());
    }

    private static MetricNames Names => new() { Namespace = "prod", Deployment = "llama", DecodeService = "w" };

    private static PrometheusClient Client(params Uri[] endpoints) => Client(time: null, endpoints);

    private static PrometheusClient Client(TimeProvider? time, params Uri[] endpoints) =>
        new(new PrometheusOptions { Endpoints = [.. endpoints], Names = Names, QueryTimeoutSeconds = LimitSeconds, MaxResponseBytes = 100_000 }, time ?? TimeProvider.System);
}
