using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using PowerPlanner.Admission;
using PowerPlanner.Control;

namespace PlannerHost.Frontends;

/// <summary>Speaks a frontend's <c>/busy_threshold</c>. Thread-safe.</summary>
internal sealed class FrontendClient : IDisposable
{
    // A frontend lists one entry a model; a megabyte would be thousands of them.
    private const int MaxResponseBytes = 1024 * 1024;

    // From version 1.3 a frontend refuses by 529 instead of 503.
    private const HttpStatusCode SiteOverloaded = (HttpStatusCode)529;

    private readonly string _model;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public FrontendClient(FrontendOptions options, TimeProvider time)
    {
        _model = options.Model;
        _time = time;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),

            // Frontends live in the cluster: a proxy of the environment does not know them.
            UseProxy = false,
        })
        {
            MaxResponseContentBufferSize = MaxResponseBytes,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The thresholds in force for the model; null where it has none.</summary>
    /// <exception cref="FrontendException">No answer in time, or not one of this interface.</exception>
    public async Task<AdmissionThresholds?> ReadAsync(FrontendEndpoint frontend, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(frontend));
        var (status, body) = await SendAsync(frontend, request, timeout, cancellationToken).ConfigureAwait(false);
        if (status != HttpStatusCode.OK)
        {
            throw new FrontendException($"frontend '{frontend.Name}' answers HTTP {(int)status} instead of its thresholds");
        }

        try
        {
            return BusyThresholdJson.Read(body, _model);
        }
        catch (JsonException exception)
        {
            throw new FrontendException($"frontend '{frontend.Name}' lists its thresholds in a form that is not understood", exception);
        }
    }

    /// <summary>Sets thresholds. A write that returns was accepted; whether it is in force, a read says.</summary>
    /// <exception cref="CommandRefusedException">Nothing has changed: the frontend refused, or nobody listens.</exception>
    /// <exception cref="FrontendException">No answer in time, or not one of this interface: it may have taken effect.</exception>
    public async Task WriteAsync(FrontendEndpoint frontend, AdmissionThresholds thresholds, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, AddressOf(frontend))
        {
            Content = new ByteArrayContent(BusyThresholdJson.Write(_model, thresholds)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        HttpStatusCode status;
        try
        {
            (status, _) = await SendAsync(frontend, request, timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (FrontendException exception) when (exception.InnerException is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError })
        {
            throw new CommandRefusedException(exception.Message, exception);
        }

        if ((int)status is >= 200 and < 300)
        {
            return;
        }

        throw status switch
        {
            HttpStatusCode.NotFound => new CommandRefusedException($"frontend '{frontend.Name}' does not know the model '{_model}' yet (HTTP 404)"),
            HttpStatusCode.ServiceUnavailable or SiteOverloaded or HttpStatusCode.TooManyRequests =>
                new CommandRefusedException($"frontend '{frontend.Name}' is too busy to take thresholds (HTTP {(int)status}); they are sent again"),
            >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError =>
                new CommandRefusedException($"frontend '{frontend.Name}' rejects the thresholds (HTTP {(int)status})"),
            _ => new FrontendException($"frontend '{frontend.Name}' answers HTTP {(int)status}"),
        };
    }

    public void Dispose() => _http.Dispose();

    private static Uri AddressOf(FrontendEndpoint frontend) =>
        new((frontend.Address ?? throw new CommandRefusedException($"frontend '{frontend.Name}' has no address yet")).AbsoluteUri.TrimEnd('/') + "/busy_threshold");

    private async Task<(HttpStatusCode Status, byte[] Body)> SendAsync(FrontendEndpoint frontend, HttpRequestMessage request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var response = await _http.SendAsync(request, either.Token).ConfigureAwait(false);
            return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FrontendException(FormattableString.Invariant($"frontend '{frontend.Name}' gave no answer within {timeout.TotalSeconds} s"), exception);
        }
        catch (HttpRequestException exception)
        {
            throw new FrontendException($"frontend '{frontend.Name}' cannot be asked: {exception.HttpRequestError}", exception);
        }
    }
}
