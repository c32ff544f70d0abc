using System.Collections.Concurrent;
using System.Collections.Immutable;
using PowerPlanner.Control;

namespace PlannerHost.Prometheus;

/// <summary>
/// Observes a deployment through Prometheus: dcgm-exporter's GPU series and the frontends' histograms. What fails, is stale, incomplete or
/// not a number is absent; an observation in which every question failed is an exception, which the controller takes as "no observation".
/// </summary>
internal sealed class PrometheusMetricsSource : IMetricsSource, IDisposable
{
    private readonly PrometheusOptions _options;
    private readonly PrometheusClient _client;
    private readonly PlannerQueries _queries;
    private readonly Func<FleetRole, int?> _expectedGpus;
    private readonly ILogger _logger;
    private readonly ImmutableArray<FleetRole> _roles;
    private readonly HashSet<string> _troubles = new(StringComparer.Ordinal);
    private LabelScheme _labels;

    /// <param name="options">Where and what to ask; valid, and not changed later.</param>
    /// <param name="expectedGpus">GPUs that serve a role, as the actuator reads them; null = not known. Fewer series than that are no total.</param>
    /// <param name="time">Clock of the time limits.</param>
    /// <param name="logger">Is told of each trouble once when it begins and once when it ends.</param>
    /// <exception cref="ArgumentException">The options are invalid.</exception>
    public PrometheusMetricsSource(PrometheusOptions options, Func<FleetRole, int?> expectedGpus, TimeProvider time, ILogger<PrometheusMetricsSource> logger)
    {
        _options = options;
        _client = new PrometheusClient(options, time);
        _queries = new PlannerQueries(options.Names, options.WindowSeconds);
        _expectedGpus = expectedGpus;
        _logger = logger;
        _labels = options.Names.Labels;
        _roles = [.. Enum.GetValues<FleetRole>().Where(role => options.Names.ServiceOf(role) is not null)];
    }

    /// <summary>The labels that the pods were found under; <see cref="LabelScheme.Probe"/> until they were.</summary>
    public LabelScheme Labels => _labels;

    /// <inheritdoc/>
    public async ValueTask<Observation?> ObserveAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var round = new Round(_client, cancellationToken);
        await ProbeAsync(round).ConfigureAwait(false);
        var power = ObservePowerAsync(round);
        var traffic = ObserveTrafficAsync(round);
        var (roles, totalWatts, powerAge) = await power.ConfigureAwait(false);
        var (seen, trafficAge) = await traffic.ConfigureAwait(false);
        Report(round);
        if (round.Answered == 0)
        {
            throw round.Failure!;
        }

        if (powerAge is null && trafficAge is null)
        {
            return null;
        }

        var age = powerAge is { } p && trafficAge is { } t ? Math.Max(p, t) : powerAge ?? trafficAge;
        return seen with
        {
            Duration = TimeSpan.FromSeconds(_options.WindowSeconds),
            Age = age is { } seconds ? TimeSpan.FromSeconds(Math.Max(0, seconds)) : null,
            TotalWatts = totalWatts,
            Prefill = roles.GetValueOrDefault(FleetRole.Prefill),
            Decode = roles.GetValueOrDefault(FleetRole.Decode),
            Aggregated = roles.GetValueOrDefault(FleetRole.Aggregated),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    // Asked until one scheme has our pods, and again when they are gone: someone may have mended the scraping meanwhile.
    private async Task ProbeAsync(Round round)
    {
        if (_labels != LabelScheme.Probe)
        {
            return;
        }

        var exported = round.AskAsync("probe", _queries.Probe(LabelScheme.Exported));
        var honoured = round.AskAsync("probe", _queries.Probe(LabelScheme.Honoured));
        _labels = (await exported.ConfigureAwait(false))?.Single > 0 ? LabelScheme.Exported
            : (await honoured.ConfigureAwait(false))?.Single > 0 ? LabelScheme.Honoured
            : LabelScheme.Probe;
        await honoured.ConfigureAwait(false);
        if (_labels != LabelScheme.Probe)
        {
            PrometheusLog.LabelsFound(_logger, _options.Names.Deployment, _labels);
        }
        else if (round.Failure is null)
        {
            round.Trouble("attribution", "no GPU series names a pod of the deployment: see dcgm-exporter's pod attribution (kubelet pod-resources mount, ID type, MIG), Namespace and PodPattern");
        }
    }

    private async Task<(Dictionary<FleetRole, RoleObservation> Roles, double? TotalWatts, double? AgeSeconds)> ObservePowerAsync(Round round)
    {
        var roles = new Dictionary<FleetRole, RoleObservation>();
        if (_labels == LabelScheme.Probe)
        {
            return (roles, null, null);
        }

        var age = round.NumberAsync("power age", _queries.PowerAge(_labels));
        var each = await Task.WhenAll(_roles.Select(role => ObserveRoleAsync(round, role))).ConfigureAwait(false);
        if (await age.ConfigureAwait(false) is not { } seconds)
        {
            if (_options.Names.Labels == LabelScheme.Probe && each.All(role => role.Draws is { Length: 0 }))
            {
                _labels = LabelScheme.Probe;
            }

            return (roles, null, null);
        }

        if (seconds > _options.MaxSampleAgeSeconds)
        {
            round.Trouble("stale power", FormattableString.Invariant($"the newest sample of a GPU's draw is {seconds:F0} s old; {_options.MaxSampleAgeSeconds} s are allowed"));
            return (roles, null, null);
        }

        double? total = 0;
        foreach (var (role, observation, draws, gpus) in each)
        {
            roles[role] = observation;
            total = draws is { } watts && IsComplete(round, role, gpus) ? total + watts.Sum() : null;
        }

        // A deployment without a single series draws something all the same, or is scaled to nothing, which only the actuator can know.
        return (roles, each.All(role => role.Draws is { Length: 0 }) ? null : total, seconds);
    }

    private async Task<(FleetRole Role, RoleObservation Observation, double[]? Draws, int Gpus)> ObserveRoleAsync(Round round, FleetRole role)
    {
        var watts = round.AskAsync($"{role} watts", _queries.GpuWatts(role, _labels));
        var present = round.NumberAsync($"{role} GPUs", _queries.GpuCount(role, _labels));
        var limit = round.NumberAsync($"{role} limit", _queries.LimitWatts(role, _labels));
        var scheduled = round.NumberAsync($"{role} scheduled tokens", _queries.ScheduledTokens(role, _labels));
        var batched = round.NumberAsync($"{role} max_num_batched_tokens", _queries.MaxBatchedTokens(role, _labels));
        var answer = await watts.ConfigureAwait(false);
        double[]? draws = answer is { IsPartial: false } ? [.. answer.Samples.Where(draw => draw >= 0)] : null;
        if (answer is { IsPartial: true })
        {
            round.Trouble($"{role} partial", $"Prometheus warns that its answer about the draw of {role} GPUs lacks a part of the data");
        }

        // A GPU whose exporter is gone still has a rate within the window; only what has samples now counts as seen.
        var gpus = (int)Math.Min(draws?.Length ?? 0, await present.ConfigureAwait(false) ?? 0);
        var limitWatts = await limit.ConfigureAwait(false);
        var maxBatched = await batched.ConfigureAwait(false);
        var observation = new RoleObservation
        {
            PowerWattsPerGpu = draws is { Length: > 0 } ? draws.Average() : null,
            EffectiveCapWatts = limitWatts is >= 1 and <= 1e6 ? (int)Math.Ceiling(limitWatts.Value) : null,
            ScheduledTokens = await scheduled.ConfigureAwait(false),
            MaxBatchedTokens = maxBatched is >= 1 and <= 1e12 ? (long)maxBatched.Value : null,
        };
        return (role, observation, draws, gpus);
    }

    // An exporter that keeps crashing takes its node's watts out of the sum without a word; a total that lacks a node would pass for savings.
    private bool IsComplete(Round round, FleetRole role, int gpus)
    {
        if (_expectedGpus(role) is not { } expected || gpus >= expected)
        {
            return true;
        }

        round.Trouble($"{role} series", FormattableString.Invariant($"{gpus} of {expected} {role} GPUs have series; the total draw is unknown until all have"));
        return false;
    }

    private async Task<(Observation Seen, double? AgeSeconds)> ObserveTrafficAsync(Round round)
    {
        var age = round.NumberAsync("frontend age", _queries.FrontendAge());
        var requests = round.NumberAsync("requests", _queries.Requests());
        var isl = round.NumberAsync("input tokens", _queries.Isl());
        var osl = round.NumberAsync("output tokens", _queries.Osl());
        var ttft = round.NumberAsync("TTFT", _queries.TtftSeconds());
        var ttftP95 = round.NumberAsync("TTFT p95", _queries.TtftP95Seconds());
        var itl = round.NumberAsync("ITL", _queries.ItlSeconds());
        var itlP95 = round.NumberAsync("ITL p95", _queries.ItlP95Seconds());
        var queueing = round.NumberAsync("queueing", _queries.QueueingSeconds());
        await Task.WhenAll(age, requests, isl, osl, ttft, ttftP95, itl, itlP95, queueing).ConfigureAwait(false);
        var seconds = await age.ConfigureAwait(false);
        if (seconds is null || seconds > _options.MaxSampleAgeSeconds)
        {
            if (seconds is not null)
            {
                round.Trouble("stale frontends", FormattableString.Invariant($"the newest sample of a frontend is {seconds:F0} s old; {_options.MaxSampleAgeSeconds} s are allowed"));
            }

            return (new Observation(), null);
        }

        var count = await requests.ConfigureAwait(false);
        var (input, output) = (Positive(await isl.ConfigureAwait(false)), Positive(await osl.ConfigureAwait(false)));
        return (new Observation
        {
            Requests = count,
            Isl = input,
            Osl = output,
            TtftMs = Milliseconds(await ttft.ConfigureAwait(false)),
            TtftP95Ms = Milliseconds(await ttftP95.ConfigureAwait(false)),
            ItlMs = Milliseconds(await itl.ConfigureAwait(false)),
            ItlP95Ms = Milliseconds(await itlP95.ConfigureAwait(false)),
            QueueingMs = await queueing.ConfigureAwait(false) * 1000,
            TokensPerSecond = count * (input + output) / _options.WindowSeconds,
        }, seconds);
    }

    // No request takes no time, and none has no tokens: a mean of 0 is a histogram without a request that knew.
    private static double? Positive(double? value) => value > 0 ? value : null;

    private static double? Milliseconds(double? seconds) => Positive(seconds) * 1000;

    private void Report(Round round)
    {
        foreach (var (what, why) in round.Troubles)
        {
            if (_troubles.Add(what))
            {
                PrometheusLog.TroubleBegan(_logger, _options.Names.Deployment, what, why);
            }
        }

        foreach (var what in _troubles.Where(what => !round.Troubles.ContainsKey(what)).ToList())
        {
            _troubles.Remove(what);
            PrometheusLog.TroubleEnded(_logger, _options.Names.Deployment, what);
        }
    }

    /// <summary>The questions of one observation: what failed, and what else is wrong.</summary>
    private sealed class Round(PrometheusClient client, CancellationToken cancellationToken)
    {
        private int _answered;

        public ConcurrentDictionary<string, string> Troubles { get; } = new(StringComparer.Ordinal);

        public PrometheusException? Failure { get; private set; }

        public int Answered => Volatile.Read(ref _answered);

        public void Trouble(string what, string why) => Troubles[what] = why;

        public async Task<double?> NumberAsync(string what, string? query) => query is null ? null : (await AskAsync(what, query).ConfigureAwait(false))?.Single;

        public async Task<PrometheusAnswer?> AskAsync(string what, string query)
        {
            try
            {
                var answer = await client.QueryAsync(query, cancellationToken).ConfigureAwait(false);
                Interlocked.Increment(ref _answered);
                return answer;
            }
            catch (PrometheusException exception)
            {
                Failure = exception;
                Trouble(what, exception.Message);
                return null;
            }
        }
    }
}
