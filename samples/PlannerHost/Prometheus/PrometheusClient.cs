using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace PlannerHost.Prometheus;

/// <summary>
/// Asks Prometheus over its HTTP API. Of several replicas the one that answered last is asked first and the others when it fails; their
/// answers are never joined, so nothing counts twice. Thread-safe.
/// </summary>
/// <remarks>
/// No client library: NuGet's are either exporters or unmaintained wrappers around this one POST, and none bounds what it reads. Here the
/// size of an answer, its time, its nesting and the text that reaches a log all have limits, since whoever can label a pod can write into them.
/// </remarks>
internal sealed class PrometheusClient : IDisposable
{
    private const int MaxTokenBytes = 64 * 1024;

    private readonly PrometheusOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly Uri[] _addresses;
    private readonly long[] _failedUntil;
    private int _preferred;

    public PrometheusClient(PrometheusOptions options, TimeProvider time)
    {
        if (options.Violations().ToList() is { Count: > 0 } violations)
        {
            throw new ArgumentException($"Prometheus: {string.Join("; ", violations)}", nameof(options));
        }

        _options = options;
        _time = time;
        _addresses = [.. options.Endpoints.Select(endpoint => new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/api/v1/query"))];
        _failedUntil = new long[_addresses.Length];
        _http = new HttpClient(CreateHandler(options))
        {
            MaxResponseContentBufferSize = options.MaxResponseBytes,

            // Each query has a limit of its own.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Asks one instant query, of now by the server's clock.</summary>
    /// <exception cref="PrometheusException">No replica gave a usable answer within its time.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task<PrometheusAnswer> QueryAsync(string query, CancellationToken cancellationToken) => QueryAsync(query, body => PrometheusJson.Read(body), cancellationToken);

    /// <summary>Asks one instant query and groups its answer by a label.</summary>
    /// <returns>The finite samples of each value of the label; series without it are left out.</returns>
    /// <inheritdoc cref="QueryAsync(string, CancellationToken)"/>
    public Task<IReadOnlyDictionary<string, IReadOnlyList<double>>> QueryByLabelAsync(string query, string label, CancellationToken cancellationToken) =>
        QueryAsync(query, body => PrometheusJson.ReadByLabel(body, label), cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<T> QueryAsync<T>(string query, Func<byte[], T> read, CancellationToken cancellationToken)
    {
        var failures = new List<string>();
        Exception? last = null;
        foreach (var replica in Order())
        {
            try
            {
                var answer = await AskAsync(_addresses[replica], query, read, cancellationToken).ConfigureAwait(false);
                Volatile.Write(ref _preferred, replica);
                Volatile.Write(ref _failedUntil[replica], 0);
                return answer;
            }
            catch (Exception exception) when (exception is PrometheusException or HttpRequestException or IOException or UnauthorizedAccessException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                last = exception;
                failures.Add($"{_addresses[replica].Authority}: {Reason(exception)}");
                Volatile.Write(ref _failedUntil[replica], _time.GetTimestamp() + (long)(_options.FailedReplicaSeconds * _time.TimestampFrequency));
            }
        }

        throw new PrometheusException($"no replica of Prometheus answered: {string.Join("; ", failures)}", last!);
    }

    private static SocketsHttpHandler CreateHandler(PrometheusOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            // A redirect would carry the token to wherever an answer points.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.GZip,
            ConnectTimeout = TimeSpan.FromSeconds(options.QueryTimeoutSeconds),
            MaxConnectionsPerServer = 8,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            UseCookies = false,
        };
        if (options.CaCertificateFile is { } authorities)
        {
            var trusted = new X509Certificate2Collection();
            trusted.ImportFromPemFile(authorities);
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
        }

        if (options.ClientCertificateFile is { } certificate)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificate, options.ClientKeyFile), additionalCertificates: null);
        }

        return handler;
    }

    private static string Reason(Exception exception) => exception switch
    {
        OperationCanceledException => "no answer in time",
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "the answer is larger than MaxResponseBytes",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "no connection",
        _ => PrometheusJson.Tame(exception.Message)!,
    };

    // The one that answered last, then the others, then those that failed a moment ago: they are still asked, since any answer beats none.
    private IEnumerable<int> Order()
    {
        var now = _time.GetTimestamp();
        var preferred = Volatile.Read(ref _preferred);
        return Enumerable.Range(0, _addresses.Length).OrderBy(i => Volatile.Read(ref _failedUntil[i]) > now).ThenBy(i => i != preferred).ThenBy(i => i);
    }

    private async Task<T> AskAsync<T>(Uri address, string query, Func<byte[], T> read, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(_options.QueryTimeoutSeconds), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            // A form, not an address: a query may be longer than proxies let an address be. The server is told the limit too, so that it stops working.
            Content = new FormUrlEncodedContent([new("query", query), new("timeout", FormattableString.Invariant($"{Math.Ceiling(_options.QueryTimeoutSeconds)}s"))]),
        };
        if (_options.BearerTokenFile is { } file)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await ReadTokenAsync(file, either.Token).ConfigureAwait(false));
        }

        using var response = await _http.SendAsync(request, either.Token).ConfigureAwait(false);
        var body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);

        // Errors of the API are JSON as well, and say more than their status; what proxies send is not.
        var isJson = response.Content.Headers.ContentType?.MediaType == "application/json";
        return response.IsSuccessStatusCode || isJson
            ? read(body)
            : throw new PrometheusException($"HTTP {(int)response.StatusCode}");
    }

    private static async Task<string> ReadTokenAsync(string file, CancellationToken cancellationToken)
    {
        if (new FileInfo(file).Length > MaxTokenBytes)
        {
            throw new PrometheusException($"the bearer token file '{file}' is larger than {MaxTokenBytes} bytes");
        }

        var token = (await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false)).Trim();
        return token.Length > 0 && token.All(c => c is > ' ' and < '\u007f')
            ? token
            : throw new PrometheusException($"the bearer token file '{file}' does not hold one token");
    }
}
