using System.Collections.Immutable;
using PowerPlanner.Admission;
using PowerPlanner.Control;

namespace PlannerHost.Frontends;

/// <summary>
/// Sets the busy thresholds of frontends and reads back what they have. A frontend has acknowledged a generation when it lists the
/// thresholds that it was sent with it: a write that was accepted and lost, or a restart, shows at the next read and is written again.
/// </summary>
/// <remarks>
/// The controller commands one frontend after the other. A write that takes long goes on beside the next ones, so that a tick takes as long
/// as one slow frontend and not as long as all of them. Calls come one at a time, as <see cref="IActuator"/> says.
/// </remarks>
internal sealed class FrontendAdapter : IDisposable
{
    // A frontend that has been silent is asked again, but not waited for as long: it would cost every tick its time limit.
    private static readonly TimeSpan SilentTimeout = TimeSpan.FromSeconds(1);

    private readonly IFrontendDirectory _directory;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FrontendClient _client;
    private readonly TimeSpan _timeout;
    private readonly TimeSpan _answerWithin;
    private readonly CancellationTokenSource _disposed = new();
    private Dictionary<string, Desk> _desks = new(StringComparer.Ordinal);
    private bool _isDirectoryDown;

    /// <exception cref="ArgumentException">The options are invalid.</exception>
    public FrontendAdapter(FrontendOptions options, IFrontendDirectory directory, TimeProvider time, ILogger<FrontendAdapter> logger)
    {
        if (options.Violations().ToList() is { Count: > 0 } violations)
        {
            throw new ArgumentException($"Frontends: {string.Join("; ", violations)}", nameof(options));
        }

        _directory = directory;
        _time = time;
        _logger = logger;
        _client = new FrontendClient(options, time);
        _timeout = TimeSpan.FromSeconds(options.TimeoutSeconds);
        _answerWithin = TimeSpan.FromSeconds(options.AnswerWithinSeconds);
    }

    /// <summary>Every frontend and the thresholds that it has. One that does not answer is listed with none acknowledged.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<ImmutableArray<FrontendState>> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        return [.. await Task.WhenAll(_desks.Values.Select(desk => ReadAsync(desk, cancellationToken))).ConfigureAwait(false)];
    }

    /// <summary>Sets the thresholds of one frontend; answers what it has by then.</summary>
    /// <exception cref="CommandRefusedException">Nothing has changed: no such frontend, or it refused.</exception>
    /// <exception cref="FrontendException">The write may have taken effect.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<FrontendState> SetThresholdsAsync(SetThresholdsCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_desks.TryGetValue(command.Frontend, out var desk))
        {
            await RefreshAsync(cancellationToken).ConfigureAwait(false);
            if (!_desks.TryGetValue(command.Frontend, out desk))
            {
                throw new CommandRefusedException($"There is no frontend '{command.Frontend}'.");
            }
        }

        if (desk.Write is not { IsCompleted: false } || desk.Sent.Generation != command.Generation || desk.Sent.Thresholds != command.Thresholds)
        {
            await AbandonAsync(desk).ConfigureAwait(false);
            desk.Sent = command;
            desk.Abandon = CancellationTokenSource.CreateLinkedTokenSource(_disposed.Token);
            desk.Write = WriteAsync(desk, command, desk.Abandon.Token);
        }

        try
        {
            return await desk.Write.WaitAsync(_answerWithin, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            desk.ReportLater(_logger);
            return desk.Last with { AcknowledgedGeneration = Math.Min(desk.Last.AcknowledgedGeneration, command.Generation - 1) };
        }
        catch (OperationCanceledException)
        {
            await AbandonAsync(desk).ConfigureAwait(false);
            throw;
        }
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _client.Dispose();
        _disposed.Dispose();
    }

    // One write at a time a frontend: an older one that came late would undo a newer one.
    private static async Task AbandonAsync(Desk desk)
    {
        if (desk.Write is { IsCompleted: false } write)
        {
            await desk.Abandon!.CancelAsync().ConfigureAwait(false);
            await ((Task)write).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        desk.Abandon?.Dispose();
        desk.Abandon = null;
        desk.Write = null;
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<FrontendEndpoint> endpoints;
        try
        {
            endpoints = await _directory.ListAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The ones that were there are the best that is known.
            if (!_isDirectoryDown)
            {
                _isDirectoryDown = true;
                FrontendLog.DirectoryFailed(_logger, exception);
            }

            return;
        }

        _isDirectoryDown = false;
        var desks = new Dictionary<string, Desk>(endpoints.Count, StringComparer.Ordinal);
        foreach (var endpoint in endpoints)
        {
            if (endpoint.Name.Length > 0)
            {
                // The same name at another address is another process: it has nothing of what the old one was sent.
                desks.TryAdd(endpoint.Name, _desks.TryGetValue(endpoint.Name, out var known) && known.Endpoint == endpoint ? known : new Desk(endpoint));
            }
        }

        _desks = desks;
    }

    private async Task<FrontendState> ReadAsync(Desk desk, CancellationToken cancellationToken)
    {
        try
        {
            var timeout = desk.IsSilent && SilentTimeout < _timeout ? SilentTimeout : _timeout;
            var thresholds = await _client.ReadAsync(desk.Endpoint, timeout, cancellationToken).ConfigureAwait(false);
            if (desk.IsSilent)
            {
                FrontendLog.Answers(_logger, desk.Endpoint.Name);
            }

            desk.IsSilent = false;
            return desk.Take(thresholds);
        }
        catch (Exception exception) when (exception is FrontendException or CommandRefusedException)
        {
            if (!desk.IsSilent)
            {
                FrontendLog.Silent(_logger, exception.Message);
            }

            desk.IsSilent = true;
            return desk.Last = new FrontendState { Name = desk.Endpoint.Name };
        }
    }

    private async Task<FrontendState> WriteAsync(Desk desk, SetThresholdsCommand command, CancellationToken cancellationToken)
    {
        if (command.Delay > TimeSpan.Zero)
        {
            await Task.Delay(command.Delay, _time, cancellationToken).ConfigureAwait(false);
        }

        await _client.WriteAsync(desk.Endpoint, command.Thresholds, _timeout, cancellationToken).ConfigureAwait(false);
        desk.Accepted = command;
        var state = desk.Take(await _client.ReadAsync(desk.Endpoint, _timeout, cancellationToken).ConfigureAwait(false));
        if (state.AcknowledgedGeneration == command.Generation)
        {
            desk.IsDeaf = false;
            desk.IsFailingLate = false;
        }
        else if (!desk.IsDeaf)
        {
            desk.IsDeaf = true;
            FrontendLog.NotInForce(_logger, desk.Endpoint.Name, state.Thresholds);
        }

        return state;
    }

    /// <summary>One frontend: what it was sent, what it took, what it has.</summary>
    private sealed class Desk(FrontendEndpoint endpoint)
    {
        // Thresholds may pass through single precision on their way.
        private const double Tolerance = 1e-6;

        private Task? _reported;

        public FrontendEndpoint Endpoint => endpoint;

        public bool IsSilent { get; set; }

        public bool IsDeaf { get; set; }

        public bool IsFailingLate { get; set; }

        public SetThresholdsCommand Sent { get; set; }

        public SetThresholdsCommand? Accepted { get; set; }

        public Task<FrontendState>? Write { get; set; }

        public CancellationTokenSource? Abandon { get; set; }

        public FrontendState Last { get; set; } = new() { Name = endpoint.Name };

        /// <summary>Takes over what was read: the generation that was accepted is acknowledged where its thresholds are in force.</summary>
        public FrontendState Take(AdmissionThresholds? thresholds) => Last = new FrontendState
        {
            Name = endpoint.Name,
            Thresholds = thresholds,
            AcknowledgedGeneration = Accepted is { } accepted && thresholds is { } has && IsInForce(accepted.Thresholds, has) ? accepted.Generation : 0,
        };

        /// <summary>Tells of a write that fails after its command was answered; no one else hears of it.</summary>
        public void ReportLater(ILogger logger)
        {
            if (ReferenceEquals(_reported, Write))
            {
                return;
            }

            _reported = Write;
            _ = Write!.ContinueWith(
                write =>
                {
                    // The same thresholds are sent on every tick until they are acknowledged; the first failure says it.
                    if (write.Exception?.InnerException is { } failure && !IsFailingLate)
                    {
                        IsFailingLate = true;
                        FrontendLog.WriteFailedLate(logger, failure.Message);
                    }
                },
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        private static bool IsInForce(in AdmissionThresholds sent, in AdmissionThresholds has) =>
            Math.Abs(sent.ThetaDecode - has.ThetaDecode) <= Tolerance
            && Math.Abs(sent.ThetaPrefillFraction - has.ThetaPrefillFraction) <= Tolerance
            && (sent.PrefillTokensThreshold is null || sent.PrefillTokensThreshold == has.PrefillTokensThreshold);
    }
}
