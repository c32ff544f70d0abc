namespace PowerPlanner.Testing.Simulation;

/// <summary>
/// A clock that stands still until it is told to move, timers included. Timestamps only ever rise; the wall clock may be set to anything, as
/// clocks of real machines are. Thread-safe; callbacks of timers run on the thread that moves the clock, in order of their due times.
/// </summary>
public sealed class SimulatedTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<SimulatedTimer> _timers = [];
    private TimeSpan _elapsed;
    private DateTimeOffset _wallClockAtZero;

    /// <summary>Creates a clock.</summary>
    /// <param name="start">The wall clock at first; null = 1 January 2000, 00:00 UTC.</param>
    public SimulatedTime(DateTimeOffset? start = null) => _wallClockAtZero = (start ?? new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero)).ToUniversalTime();

    /// <summary>How far the clock has been moved since it was made.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_lock)
            {
                return _elapsed;
            }
        }
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _wallClockAtZero + _elapsed;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _elapsed.Ticks;
        }
    }

    /// <summary>Moves the clock forward and fires the timers that come due, each at its own time.</summary>
    /// <param name="by">How far; at least 0.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        AdvanceTo(Elapsed + by);
    }

    /// <summary>Moves the clock to a time after its making; does nothing where that time has passed.</summary>
    /// <param name="elapsed">The time since the clock was made.</param>
    public void AdvanceTo(TimeSpan elapsed)
    {
        while (FireTimer(elapsed))
        {
        }

        lock (_lock)
        {
            _elapsed = elapsed > _elapsed ? elapsed : _elapsed;
        }
    }

    /// <summary>Moves the clock to the timer that is due first, and fires it: what waits for a timeout need not wait.</summary>
    /// <returns>Whether there was a timer.</returns>
    public bool FireNextTimer() => FireTimer(TimeSpan.MaxValue);

    /// <summary>Sets the wall clock, forward or back. Timestamps and timers take no notice.</summary>
    /// <param name="now">What <see cref="GetUtcNow"/> answers until the clock moves on.</param>
    public void SetWallClock(DateTimeOffset now)
    {
        lock (_lock)
        {
            _wallClockAtZero = now.ToUniversalTime() - _elapsed;
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new SimulatedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private bool FireTimer(TimeSpan until)
    {
        SimulatedTimer? first = null;
        lock (_lock)
        {
            foreach (var timer in _timers)
            {
                if (timer.Due <= until && (first is null || timer.Due < first.Due))
                {
                    first = timer;
                }
            }

            if (first is null)
            {
                return false;
            }

            _elapsed = first.Due > _elapsed ? first.Due : _elapsed;
            if (first.Period > TimeSpan.Zero)
            {
                first.Due += first.Period;
            }
            else
            {
                _timers.Remove(first);
            }
        }

        // Outside the lock: a callback may read the clock and make timers.
        first.Fire();
        return true;
    }

    private sealed class SimulatedTimer(SimulatedTime time, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time._elapsed + dueTime;
                    Period = period;
                    time._timers.Add(this);
                }
            }

            return true;
        }

        public void Fire() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
