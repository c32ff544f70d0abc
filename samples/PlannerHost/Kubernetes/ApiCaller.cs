using System.Globalization;
using System.Net;
using k8s.Autorest;

namespace PlannerHost.Kubernetes;

/// <summary>
/// Calls the API server with a time limit for each request, retries what may be retried, and says of each failed write whether it may have taken
/// effect. Thread-safe.
/// </summary>
/// <remarks>
/// Tried again: 409 where the caller wants it, 429, 5xx, and a server that cannot be reached. Every write here is absolute, so doing it twice is
/// harmless. A request that ran into its time limit is not tried again: the tick's time is gone, and the next tick asks anew.
/// </remarks>
internal sealed class ApiCaller(KubernetesOptions options, TimeProvider time)
{
    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(options.RequestTimeoutSeconds);
    private readonly TimeSpan _firstBackoff = TimeSpan.FromMilliseconds(options.FirstBackoffMs);
    private readonly TimeSpan _maxRetryAfter = TimeSpan.FromSeconds(options.MaxRetryAfterSeconds);
    private readonly int _maxAttempts = options.MaxAttempts;

    /// <summary>Reads.</summary>
    /// <param name="what">What is read, for messages.</param>
    /// <param name="call">The request.</param>
    /// <param name="cancellationToken">Stops request and waiting.</param>
    /// <exception cref="KubernetesApiException">No answer, or none that says what was asked.</exception>
    /// <exception cref="TimeoutException">No answer in time.</exception>
    public async Task<T> ReadAsync<T>(string what, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(what, static () => true, call, cancellationToken);
        }
        catch (WriteRefusedException failure)
        {
            throw new KubernetesApiException(failure.Message, failure.Status, failure.InnerException);
        }
    }

    /// <summary>Writes.</summary>
    /// <param name="what">What is written, for messages.</param>
    /// <param name="mayWrite">Asked before each attempt; a planner that is not the leader any more must not write.</param>
    /// <param name="call">The request.</param>
    /// <param name="cancellationToken">Stops request and waiting.</param>
    /// <exception cref="WriteRefusedException">Nothing has changed and nothing will.</exception>
    /// <exception cref="KubernetesApiException">It may have taken effect.</exception>
    /// <exception cref="TimeoutException">It may have taken effect or still do so.</exception>
    public Task<T> WriteAsync<T>(string what, Func<bool> mayWrite, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        CallAsync(what, mayWrite, call, cancellationToken);

    /// <summary>Waits before the next attempt.</summary>
    /// <param name="attempt">Attempts made, from 1.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task BackOffAsync(int attempt, CancellationToken cancellationToken) => Task.Delay(Backoff(attempt), time, cancellationToken);

    private async Task<T> CallAsync<T>(string what, Func<bool> mayWrite, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var mayHaveActed = false;
        for (var attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!mayWrite())
            {
                throw Failed($"{what}: this planner does not lead any more.", null, null);
            }

            TimeSpan pause;
            try
            {
                return await OnceAsync(what, call, cancellationToken);
            }
            catch (HttpOperationException failure)
            {
                var status = failure.Response.StatusCode;
                mayHaveActed |= (int)status >= 500;
                var message = string.Create(CultureInfo.InvariantCulture, $"{what}: the API server answered {(int)status} {status}{(attempt > 1 ? $" at attempt {attempt}" : "")}.");
                if ((status != HttpStatusCode.TooManyRequests && (int)status < 500) || attempt >= _maxAttempts)
                {
                    throw Failed(message, status, failure);
                }

                pause = RetryAfter(failure) ?? Backoff(attempt);
                if (pause > _maxRetryAfter)
                {
                    throw Failed(string.Create(CultureInfo.InvariantCulture, $"{message} It asks to be left alone for {pause.TotalSeconds:F0} s, longer than {_maxRetryAfter.TotalSeconds} s."), status, failure);
                }
            }
            catch (HttpRequestException failure)
            {
                // Before a connection is there nothing can have been sent; after that anything may have arrived.
                mayHaveActed |= failure.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError);
                if (attempt >= _maxAttempts)
                {
                    throw Failed(string.Create(CultureInfo.InvariantCulture, $"{what}: the API server was not reached at attempt {attempt} ({failure.HttpRequestError})."), null, failure);
                }

                pause = Backoff(attempt);
            }

            await Task.Delay(pause, time, cancellationToken);
        }

        Exception Failed(string message, HttpStatusCode? status, Exception? cause) =>
            mayHaveActed ? new KubernetesApiException(message, status, cause) : new WriteRefusedException(message, status, cause);
    }

    private async Task<T> OnceAsync<T>(string what, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await call(either.Token);
        }
        catch (Exception failure) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested && failure is OperationCanceledException or HttpRequestException or IOException)
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"{what}: the API server did not answer within {_timeout.TotalSeconds} s."), failure);
        }
        catch (IOException failure)
        {
            // The connection broke while the answer was read.
            throw new HttpRequestException(HttpRequestError.ResponseEnded, $"{what}: the answer broke off.", failure);
        }
        catch (System.Text.Json.JsonException failure)
        {
            throw new KubernetesApiException($"{what}: the API server's answer cannot be read: {failure.Message}", null, failure);
        }
    }

    // The exponent is bounded so that the shift cannot overflow; jitter keeps hosts that failed together from coming back together.
    private TimeSpan Backoff(int attempt) => _firstBackoff * (1 << Math.Min(attempt - 1, 10)) * (0.5 + (Random.Shared.NextDouble() / 2));

    private TimeSpan? RetryAfter(HttpOperationException failure)
    {
        var text = failure.Response.Headers.FirstOrDefault(header => header.Key.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault();
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return TimeSpan.FromSeconds(seconds);
        }

        return DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out var until)
            ? TimeSpan.FromTicks(Math.Max(0, (until - time.GetUtcNow()).Ticks))
            : null;
    }
}
