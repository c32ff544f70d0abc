using System.Globalization;
using PowerPlanner.Control;

namespace PowerPlanner.Testing.Conformance;

/// <summary>
/// The contract of <see cref="IMetricsSource"/> as checks to run against an implementation, from any test framework: a check returns, or it
/// throws a <see cref="ConformanceException"/> that says which rule is broken.
/// </summary>
public sealed class MetricsSourceConformance
{
    private readonly IMetricsSource _source;
    private readonly TimeSpan _callTimeout;

    /// <summary>Creates the checks.</summary>
    /// <param name="source">The implementation under test.</param>
    /// <param name="callTimeout">How long a call may take by the system's clock; null = 10 s.</param>
    public MetricsSourceConformance(IMetricsSource source, TimeSpan? callTimeout = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        _source = source;
        _callTimeout = callTimeout ?? TimeSpan.FromSeconds(10);
    }

    /// <summary>Every number that a deployment with traffic reports is possible: finite, not negative, in the unit that its name says.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    /// <exception cref="ConformanceException">A rule is broken.</exception>
    public async Task ValuesArePossibleAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "Every value is finite, not negative and in its unit, or absent.";
        if (await ObserveAsync(rule, cancellationToken).ConfigureAwait(false) is not { } observation)
        {
            return;
        }

        foreach (var (name, value, most) in Values(observation))
        {
            if (value is { } number && !(number >= 0 && number <= most))
            {
                throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"{name} is {number}; it must be from 0 to {most}, or null where it is not known."));
            }
        }

        // Latencies of zero are what "no data" becomes where a query's empty answer is read as a number.
        foreach (var (name, value) in ((string, double?)[])[(nameof(observation.TtftMs), observation.TtftMs), (nameof(observation.ItlMs), observation.ItlMs)])
        {
            if (value == 0)
            {
                throw new ConformanceException(rule, $"{name} is 0; no request takes no time: a latency that is not known is null.");
            }
        }
    }

    /// <summary>
    /// A deployment from which nothing can be measured reports absent values, not zeros. Run it against a source that has nothing to read: an empty
    /// database, a scrape that fails.
    /// </summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    /// <exception cref="ConformanceException">A rule is broken.</exception>
    public async Task AbsentIsNotZeroAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "What cannot be measured is absent, not zero.";
        if (await ObserveAsync(rule, cancellationToken).ConfigureAwait(false) is not { } observation)
        {
            return;
        }

        foreach (var (name, value, _) in Values(observation))
        {
            if (value is { } number)
            {
                throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"{name} is {number} although there is nothing to measure; it must be null."));
            }
        }
    }

    /// <summary>A call with a cancelled token ends in an <see cref="OperationCanceledException"/>.</summary>
    /// <param name="cancellationToken">Stops between two calls.</param>
    /// <exception cref="ConformanceException">A rule is broken.</exception>
    public async Task CancellationIsHonouredAsync(CancellationToken cancellationToken = default)
    {
        const string rule = "A call whose token is cancelled before it starts ends as cancelled.";
        try
        {
            await Observe(new CancellationToken(canceled: true)).WaitAsync(_callTimeout, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception exception)
        {
            throw new ConformanceException(rule, $"It ended in {exception.GetType().Name}.", exception);
        }

        throw new ConformanceException(rule, "It answered as if nothing were the matter.");
    }

    private async Task<Observation?> ObserveAsync(string rule, CancellationToken cancellationToken)
    {
        try
        {
            return await Observe(cancellationToken).WaitAsync(_callTimeout, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new ConformanceException(rule, string.Create(CultureInfo.InvariantCulture, $"An observation took longer than {_callTimeout.TotalSeconds} s."), exception);
        }
    }

    // A source may throw before it returns a task.
    private async Task<Observation?> Observe(CancellationToken cancellationToken) => await _source.ObserveAsync(cancellationToken).ConfigureAwait(false);

    private static IEnumerable<(string Name, double? Value, double Most)> Values(Observation observation)
    {
        const double hourMs = 3_600_000;
        const double mostTokens = 1e12;
        const double mostWatts = 1e9;
        const double mostGpuWatts = 1e4;
        yield return (nameof(observation.Duration), observation.Duration?.TotalSeconds, mostTokens);
        yield return (nameof(observation.Requests), observation.Requests, mostTokens);
        yield return (nameof(observation.Isl), observation.Isl, mostTokens);
        yield return (nameof(observation.Osl), observation.Osl, mostTokens);
        yield return (nameof(observation.TtftMs), observation.TtftMs, hourMs);
        yield return (nameof(observation.TtftP95Ms), observation.TtftP95Ms, hourMs);
        yield return (nameof(observation.ItlMs), observation.ItlMs, hourMs);
        yield return (nameof(observation.ItlP95Ms), observation.ItlP95Ms, hourMs);
        yield return (nameof(observation.QueueingMs), observation.QueueingMs, hourMs);
        yield return (nameof(observation.TokensPerSecond), observation.TokensPerSecond, mostTokens);
        yield return (nameof(observation.TotalWatts), observation.TotalWatts, mostWatts);
        foreach (var role in Enum.GetValues<FleetRole>())
        {
            if (observation.Of(role) is not { } seen)
            {
                continue;
            }

            yield return ($"{role}.{nameof(seen.PowerWattsPerGpu)}", seen.PowerWattsPerGpu, mostGpuWatts);
            yield return ($"{role}.{nameof(seen.ScheduledTokens)}", seen.ScheduledTokens, mostTokens);
            yield return ($"{role}.{nameof(seen.ReadyReplicas)}", seen.ReadyReplicas, mostTokens);
            yield return ($"{role}.{nameof(seen.EffectiveCapWatts)}", seen.EffectiveCapWatts, mostGpuWatts);
            yield return ($"{role}.{nameof(seen.MaxBatchedTokens)}", seen.MaxBatchedTokens, mostTokens);
        }
    }
}
