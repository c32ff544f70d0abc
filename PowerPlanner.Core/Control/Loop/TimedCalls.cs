namespace PowerPlanner.Control.Loop;

/// <summary>
/// Calls of one adapter, each under a time limit and one at a time. A call that does not end in time counts as failed, and the adapter is not called
/// again before it has come back: a hanging source must not stop the loop, and two calls at once are more than an adapter promises to
/// bear. A call that ends at once costs nothing. Not thread-safe.
/// </summary>
/// <param name="time">The clock of the limit.</param>
/// <param name="limit">Longest time for a call.</param>
/// <param name="who">Who is called, for messages.</param>
#pragma warning disable CA1001 // A source without a timer and without a wait handle has nothing to free.
internal sealed class TimedCalls(TimeProvider time, TimeSpan limit, string who)
#pragma warning restore CA1001
{
    private CancellationTokenSource _stop = new();
    private Task? _hanging;

    /// <summary>Whether a call that was given up has not come back yet.</summary>
    public bool IsHanging => _hanging is { IsCompleted: false };

    /// <summary>Calls the adapter.</summary>
    /// <param name="call">The call.</param>
    /// <param name="argument">What it is given.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="TimeoutException">The call did not end in time, or an earlier one has not come back.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the adapter cancelled by itself.</exception>
    public async ValueTask<TResult> RunAsync<TArgument, TResult>(Func<TArgument, CancellationToken, ValueTask<TResult>> call, TArgument argument, CancellationToken cancellationToken)
    {
        if (IsHanging)
        {
            throw new TimeoutException($"{who} has not come back from an earlier call.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (!_stop.TryReset())
        {
            _stop.Dispose();
            _stop = new CancellationTokenSource();
        }

        using var registration = cancellationToken.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);
        var pending = call(argument, _stop.Token);
        if (pending.IsCompleted)
        {
            return await pending.ConfigureAwait(false);
        }

        var task = pending.AsTask();
        try
        {
            return await task.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!task.IsCompleted)
        {
            _hanging = task;

            // Nobody awaits it any more; its failure is old news.
            _ = task.ContinueWith(static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await _stop.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException(FormattableString.Invariant($"{who} did not answer within {limit.TotalSeconds} s."));
        }
    }
}
