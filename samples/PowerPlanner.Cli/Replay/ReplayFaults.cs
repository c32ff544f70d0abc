namespace PowerPlanner.Cli.Replay;

/// <summary>The faults of models and metrics that wait for their calls, in the order in which they came. Those of the actuator wait in the fleet.</summary>
internal sealed class ReplayFaults(ReplayClock clock)
{
    private readonly Lock _lock = new();
    private readonly Queue<ReplayFaultKind> _sweeps = new();
    private int _ticksWithoutMetrics;
    private Hang? _hang;

    /// <summary>Adds a fault of models or metrics.</summary>
    public void Add(ReplayFaultKind kind, int count)
    {
        lock (_lock)
        {
            if (kind == ReplayFaultKind.MetricsFail)
            {
                _ticksWithoutMetrics = (int)Math.Min(int.MaxValue, (long)_ticksWithoutMetrics + count);
                return;
            }

            for (var i = 0; i < count; i++)
            {
                _sweeps.Enqueue(kind);
            }
        }
    }

    /// <summary>A tick asks for its metrics; whether they fail.</summary>
    public bool StrikesTick()
    {
        lock (_lock)
        {
            if (_ticksWithoutMetrics == 0)
            {
                return false;
            }

            _ticksWithoutMetrics--;
            return true;
        }
    }

    /// <summary>A sweep asks its first question.</summary>
    /// <exception cref="InvalidOperationException">The model is to throw.</exception>
    public void BeginSweep()
    {
        ReplayFaultKind kind;
        lock (_lock)
        {
            if (!_sweeps.TryDequeue(out kind))
            {
                return;
            }
        }

        if (kind == ReplayFaultKind.ModelHangs)
        {
            HangUntilLetGo();
        }

        throw new InvalidOperationException("An injected fault makes the performance model fail.");
    }

    /// <summary>
    /// Lets a model go that hangs, and waits until its thread has ended: the timeout is over, and the next sweep finds the model free, as it
    /// would after any real time.
    /// </summary>
    public void LetGo()
    {
        Hang? hang;
        lock (_lock)
        {
            hang = _hang;
            _hang = null;
        }

        if (hang is not null)
        {
            clock.StopExpiring();
            hang.IsOver.Set();
            hang.Thread.Join(TimeSpan.FromSeconds(10));
            hang.IsOver.Dispose();
        }
    }

    private void HangUntilLetGo()
    {
        var hang = new Hang(Thread.CurrentThread, new ManualResetEventSlim());
        lock (_lock)
        {
            _hang = hang;
        }

        clock.StartExpiring();
        hang.IsOver.Wait();
    }

    private sealed record Hang(Thread Thread, ManualResetEventSlim IsOver);
}
