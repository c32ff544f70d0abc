using k8s;
using Microsoft.AspNetCore.Http;
using PlannerHost.Kubernetes;
using PlannerHost.Prometheus;
using PlannerHost.Tests.Prometheus;

namespace PlannerHost.Tests;

/// <summary>Prometheus and API server over TLS with a token: by an authority that is named, and by no other.</summary>
[TestFixture]
internal sealed class TlsTests
{
    private const string Token = "a-token-that-nobody-sees";

    [Test]
    public async Task Prometheus_is_asked_over_tls_by_its_authority_with_the_token()
    {
        var seen = "";
        await using var server = await TlsServer.StartAsync(context => AnswerAsync(context, FakePrometheus.Vector(42), header => seen = header));
        using var client = new PrometheusClient(Prometheus(server, server.CaFile), TimeProvider.System);

        Assert.That((await client.QueryAsync("up", CancellationToken.None)).Single, Is.EqualTo(42));
        Assert.That(seen, Is.EqualTo($"Bearer {Token}"));
    }

    [Test]
    public async Task A_prometheus_that_no_known_authority_vouches_for_gets_no_token()
    {
        var requests = 0;
        await using var server = await TlsServer.StartAsync(context => AnswerAsync(context, FakePrometheus.Vector(42), _ => requests++));
        using var client = new PrometheusClient(Prometheus(server, authority: null), TimeProvider.System);

        Assert.That(async () => await client.QueryAsync("up", CancellationToken.None), Throws.TypeOf<PrometheusException>().With.Message.Not.Contains(Token));
        Assert.That(requests, Is.Zero);
    }

    [Test]
    public async Task The_api_server_is_asked_over_tls_by_its_authority_with_the_token()
    {
        var seen = "";
        await using var server = await TlsServer.StartAsync(context => AnswerAsync(context, """{"kind":"PodList","apiVersion":"v1","items":[]}""", header => seen = header));
        using var client = Kubernetes(server, server.CaFile).CreateClient();

        Assert.That((await client.CoreV1.ListNamespacedPodAsync("llm")).Items, Is.Empty);
        Assert.That(seen, Is.EqualTo($"Bearer {Token}"));
    }

    [Test]
    public async Task An_api_server_that_no_known_authority_vouches_for_gets_no_token()
    {
        var requests = 0;
        await using var server = await TlsServer.StartAsync(context => AnswerAsync(context, "{}", _ => requests++));
        using var client = Kubernetes(server, authority: null).CreateClient();

        Assert.That(async () => await client.CoreV1.ListNamespacedPodAsync("llm"), Throws.TypeOf<HttpRequestException>().With.Message.Not.Contains(Token));
        Assert.That(requests, Is.Zero);
    }

    [Test]
    public void A_token_goes_to_another_machine_over_tls_only()
    {
        var options = new KubernetesApiOptions { Server = new Uri("http://10.0.0.1:6443"), TokenFile = "/nowhere" };

        Assert.That(options.Violations(), Has.One.Contains("unencrypted"));
        options.AllowTokenOverHttp = true;
        Assert.That(options.Violations(), Is.Empty);
    }

    private static PrometheusOptions Prometheus(TlsServer server, string? authority) => new()
    {
        Endpoints = [server.Address],
        CaCertificateFile = authority,
        BearerTokenFile = server.TokenFile(Token),
        QueryTimeoutSeconds = 60,
        Names = new MetricNames { Namespace = "llm", Deployment = "llm", DecodeService = "decode" },
    };

    private static KubernetesApiOptions Kubernetes(TlsServer server, string? authority) => new() { Server = server.Address, CaCertificateFile = authority, TokenFile = server.TokenFile(Token) };

    private static Task AnswerAsync(HttpContext context, string body, Action<string> see)
    {
        see(context.Request.Headers.Authorization.ToString());
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    }
}
