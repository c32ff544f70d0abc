using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace PlannerHost.Kubernetes;

/// <summary>
/// Leadership by a Lease of <c>coordination.k8s.io</c>. Thread-safe. As a hosted service it tries for the lease, renews it, and gives it back at
/// the end; register it before the planners, so that it stops after them.
/// </summary>
/// <remarks>
/// <para>Why two hosts never act at once: this host acts until <see cref="LeaderLeaseOptions.ActSeconds"/> after it <i>began</i> its last successful
/// renewal, by its own monotonic clock, whether or not anything runs or answers then. Another host takes the lease only after it has itself
/// watched it unchanged for the lease's whole duration, by its own monotonic clock, and that watch cannot have begun before the renewal did. What
/// the hosts' clocks show is written for people and read by nobody.</para>
/// <para>KubernetesClient's own elector is not used: it counts as leading until its loop notices the contrary, so a hanging API server leaves it in
/// office beyond the lease, and its clock cannot be replaced in tests.</para>
/// <para>A machine that is suspended stops its monotonic clock, and may act for a moment when it wakes up.</para>
/// </remarks>
internal sealed partial class LeaderLease : BackgroundService, ILeadership
{
    /// <summary>The longest duration that a lease is believed to have, s. A longer one, which anybody may write, would keep every host out.</summary>
    public const int LongestDurationSeconds = 3600;

    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private readonly IKubernetes _client;
    private readonly LeaderLeaseOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimeSpan _act;
    private readonly TimeSpan _requestTimeout;
    private readonly Lock _state = new();
    private readonly ITimer _expiry;

    private CancellationTokenSource _ended;
    private long _actUntil;
    private bool _holds;
    private long _term;
    private (string? Holder, DateTime? Renewed, int? Transitions)? _observed;
    private long _observedAt;
    private bool _isFailing;

    /// <summary>Creates the contender; it does not lead before its first successful attempt.</summary>
    /// <param name="client">The API server.</param>
    /// <param name="options">The lease; read now.</param>
    /// <param name="identity">Name of this host, unlike that of any other and of any earlier process on this host; null = host name and a random number.</param>
    /// <param name="longestWriteSeconds">How long a write of this host may be under way, s.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of terms that begin and end, and once of failures.</param>
    /// <exception cref="ArgumentException">The options contradict each other; the message lists how.</exception>
    public LeaderLease(IKubernetes client, LeaderLeaseOptions options, string? identity, double longestWriteSeconds, TimeProvider time, ILogger<LeaderLease> logger)
    {
        if (options.Violations(longestWriteSeconds) is { Count: > 0 } violations)
        {
            throw new ArgumentException(string.Join(" ", violations), nameof(options));
        }

        _client = client;
        _options = options;
        Identity = identity ?? $"{Environment.MachineName}_{Guid.NewGuid():N}";
        _time = time;
        _logger = logger;
        _act = TimeSpan.FromSeconds(options.ActSeconds);
        _requestTimeout = TimeSpan.FromSeconds(options.RequestTimeoutSeconds);
        _ended = new CancellationTokenSource();
        _ended.Cancel();
        _expiry = time.CreateTimer(_ => EndIfExpired(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Name of this host in the lease.</summary>
    public string Identity { get; }

    /// <inheritdoc/>
    public bool IsLeader
    {
        get
        {
            lock (_state)
            {
                return _holds && _time.GetTimestamp() < _actUntil;
            }
        }
    }

    /// <inheritdoc/>
    public long Term
    {
        get
        {
            lock (_state)
            {
                return _term;
            }
        }
    }

    /// <inheritdoc/>
    public CancellationToken Ended
    {
        get
        {
            lock (_state)
            {
                return _ended.Token;
            }
        }
    }

    /// <summary>Tries once to get or renew the lease. It does not throw for a server that fails: what is held then runs out by itself.</summary>
    /// <param name="cancellationToken">Stops the requests.</param>
    /// <returns>Whether this host leads.</returns>
    public async Task<bool> TryOnceAsync(CancellationToken cancellationToken)
    {
        var begun = _time.GetTimestamp();
        try
        {
            if (await TakeOrRenewAsync(cancellationToken))
            {
                Hold(begun);
            }

            _isFailing = false;
        }
        catch (Exception failure) when (failure is HttpOperationException or HttpRequestException or IOException or TimeoutException or System.Text.Json.JsonException)
        {
            if (!_isFailing)
            {
                LeaseFailing(_logger, _options.Name, ApiFailure.Describe(failure));
            }

            _isFailing = true;
        }

        EndIfExpired();
        return IsLeader;
    }

    /// <summary>Stops acting, and gives the lease back so that another host need not wait for it to run out.</summary>
    /// <param name="cancellationToken">Stops the requests; the lease then runs out.</param>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        End("it was given back");
        try
        {
            var lease = await ReadAsync(cancellationToken);
            if (lease?.Spec?.HolderIdentity == Identity)
            {
                lease.Spec.HolderIdentity = "";
                lease.Spec.RenewTime = _time.GetUtcNow().UtcDateTime;
                await WithinAsync(token => _client.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, _options.Name, _options.Namespace, cancellationToken: token), cancellationToken);
            }
        }
        catch (Exception failure) when (failure is HttpOperationException or HttpRequestException or IOException or TimeoutException or System.Text.Json.JsonException)
        {
            LeaseFailing(_logger, _options.Name, ApiFailure.Describe(failure));
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        End("the host ends");
        _expiry.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await TryOnceAsync(stoppingToken);
                await Task.Delay(TimeSpan.FromSeconds(_options.RetrySeconds), _time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await ReleaseAsync(CancellationToken.None);
        }
    }

    private async Task<bool> TakeOrRenewAsync(CancellationToken cancellationToken)
    {
        var lease = await ReadAsync(cancellationToken);
        if (lease is null)
        {
            return await WriteAsync(token => _client.CoordinationV1.CreateNamespacedLeaseAsync(New(), _options.Namespace, cancellationToken: token), cancellationToken);
        }

        lease.Spec ??= new V1LeaseSpec();
        var spec = lease.Spec;
        if (spec.HolderIdentity != Identity)
        {
            End("another host holds it");
            if (!IsFree(spec))
            {
                return false;
            }

            spec.LeaseTransitions = Math.Max(0, spec.LeaseTransitions ?? 0) is var transitions && transitions < int.MaxValue ? transitions + 1 : 0;
            spec.AcquireTime = _time.GetUtcNow().UtcDateTime;
            spec.HolderIdentity = Identity;
        }

        spec.LeaseDurationSeconds = _options.DurationSeconds;
        spec.RenewTime = _time.GetUtcNow().UtcDateTime;

        // The version that was read goes along: if anybody has written since, the server answers 409 and nothing is taken.
        return await WriteAsync(token => _client.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, _options.Name, _options.Namespace, cancellationToken: token), cancellationToken);
    }

    private bool IsFree(V1LeaseSpec spec)
    {
        var record = (spec.HolderIdentity, spec.RenewTime, spec.LeaseTransitions);
        if (_observed != record)
        {
            _observed = record;
            _observedAt = _time.GetTimestamp();
        }

        // What the holder promised counts, not what this host would have.
        var seconds = spec.LeaseDurationSeconds is { } promised and >= 1 and <= LongestDurationSeconds ? promised : _options.DurationSeconds;
        return string.IsNullOrEmpty(spec.HolderIdentity) || _time.GetElapsedTime(_observedAt) >= TimeSpan.FromSeconds(seconds);
    }

    private async Task<V1Lease?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await WithinAsync(token => _client.CoordinationV1.ReadNamespacedLeaseAsync(_options.Name, _options.Namespace, cancellationToken: token), cancellationToken);
        }
        catch (HttpOperationException missing) when (missing.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task<bool> WriteAsync(Func<CancellationToken, Task<V1Lease>> write, CancellationToken cancellationToken)
    {
        try
        {
            await WithinAsync(write, cancellationToken);
            return true;
        }
        catch (HttpOperationException conflict) when (conflict.Response.StatusCode == HttpStatusCode.Conflict)
        {
            return false;
        }
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_requestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException late) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(FormattableString.Invariant($"No answer within {_requestTimeout.TotalSeconds} s."), late);
        }
    }

    private V1Lease New() => new()
    {
        Metadata = new V1ObjectMeta { Name = _options.Name, NamespaceProperty = _options.Namespace },
        Spec = new V1LeaseSpec
        {
            HolderIdentity = Identity,
            LeaseDurationSeconds = _options.DurationSeconds,
            AcquireTime = _time.GetUtcNow().UtcDateTime,
            RenewTime = _time.GetUtcNow().UtcDateTime,
            LeaseTransitions = 0,
        },
    };

    private void Hold(long begun)
    {
        lock (_state)
        {
            var now = _time.GetTimestamp();
            var until = begun + (long)(_act.TotalSeconds * _time.TimestampFrequency);
            if (now >= until)
            {
                return;
            }

            // A term that has run out meanwhile is over, even though the lease was still this host's.
            if (_holds && now >= _actUntil)
            {
                EndHeld("it ran out");
            }

            if (!_holds)
            {
                _ended = new CancellationTokenSource();
                _holds = true;
                _term++;
                Leading(_logger, Identity, _options.Name, _term);
            }

            _actUntil = until;
            _expiry.Change(_time.GetElapsedTime(now, until), Timeout.InfiniteTimeSpan);
        }
    }

    private void EndIfExpired()
    {
        lock (_state)
        {
            if (!_holds)
            {
                return;
            }

            var now = _time.GetTimestamp();
            if (now >= _actUntil)
            {
                EndHeld("it ran out");
            }
            else
            {
                // The timer came early, or the term was prolonged. A timer counts whole milliseconds, so less than one would be none.
                var left = _time.GetElapsedTime(now, _actUntil);
                _expiry.Change(left > Millisecond ? left : Millisecond, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void End(string reason)
    {
        lock (_state)
        {
            EndHeld(reason);
        }
    }

    // Call with the lock held. The token is cancelled at once; whoever waits for it is told on the pool, not under this lock.
    private void EndHeld(string reason)
    {
        if (_holds)
        {
            _holds = false;
            Ceased(_logger, Identity, _options.Name, _term, reason);
            _ = _ended.CancelAsync();
        }
    }

    [LoggerMessage(EventId = 201, Level = LogLevel.Information, Message = "{Identity} leads by lease '{Lease}', term {Term}.")]
    private static partial void Leading(ILogger logger, string identity, string lease, long term);

    [LoggerMessage(EventId = 202, Level = LogLevel.Warning, Message = "{Identity} no longer leads by lease '{Lease}' (term {Term}): {Reason}. It writes nothing until it leads again.")]
    private static partial void Ceased(ILogger logger, string identity, string lease, long term, string reason);

    [LoggerMessage(EventId = 203, Level = LogLevel.Warning, Message = "Lease '{Lease}' cannot be read or renewed; without a renewal leadership runs out. {Reason}")]
    private static partial void LeaseFailing(ILogger logger, string lease, string reason);
}
