namespace PowerPlanner.Cli.Replay;

/// <summary>
/// Simulated time: it stands still until an event moves it. A timer fires when the time passes its due time, or at once where it is
/// told to expire. Thread-safe; timers fire on threads of the pool.
/// </summary>
internal sealed class ReplayClock : TimeProvider
{
    // Any fixed instant would do: the same on every run, so that snapshots are too.
    private static readonly DateTimeOffset Start = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock _lock = new();
    private readonly List<ReplayTimer> _timers = [];
    private TimeSpan _elapsed;
    private bool _isExpiring;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Start + Elapsed;

    /// <inheritdoc/>
    public override long GetTimestamp() => Elapsed.Ticks;

    private TimeSpan Elapsed
    {
        get
        {
            lock (_lock)
            {
                return _elapsed;
            }
        }
    }

    /// <summary>Moves the clock; timers that come due fire.</summary>
    /// <param name="elapsed">Time since the start, not before the present one.</param>
    public void MoveTo(TimeSpan elapsed)
    {
        lock (_lock)
        {
            _elapsed = elapsed;
            foreach (var timer in _timers.FindAll(timer => timer.Due <= elapsed))
            {
                Fire(timer);
            }
        }
    }

    /// <summary>
    /// Lets every timer expire at once, those that are set from now on too: whoever waits for a timeout has waited for it, and the clock
    /// stands. A timer that nobody waits for any more may still be there, so one expiry would not do.
    /// </summary>
    public void StartExpiring()
    {
        lock (_lock)
        {
            _isExpiring = true;
            _timers.ToList().ForEach(Fire);
        }
    }

    /// <summary>Lets timers run again.</summary>
    public void StopExpiring()
    {
        lock (_lock)
        {
            _isExpiring = false;
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ReplayTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    // Not on this thread: what waited for the timer goes on where it fires, and that must not be inside the caller.
    private void Fire(ReplayTimer timer)
    {
        _timers.Remove(timer);
        ThreadPool.QueueUserWorkItem(static timer => timer.Invoke(), timer, preferLocal: false);
    }

    private sealed class ReplayTimer(ReplayClock clock, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; private set; }

        public void Invoke() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    return true;
                }

                Due = clock._elapsed + dueTime;
                clock._timers.Add(this);
                if (clock._isExpiring)
                {
                    clock.Fire(this);
                }

                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
