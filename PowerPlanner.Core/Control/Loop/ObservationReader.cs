using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

/// <summary>
/// From an observation as it comes to readings that can be used: the one place where every number is checked. What is impossible is
/// absent, counted, and reported once per cause. Not thread-safe.
/// </summary>
internal sealed class ObservationReader(TimeSpan tick, TimeSpan maxAge, LoopReport report)
{
    // Several times the power of any board: beyond it a reading cannot be one, whatever the GPU.
    private const double UnknownNameplateWatts = 10_000;

    private ObservationClock _clock;

    /// <summary>Values and windows that were refused.</summary>
    public long Invalid { get; private set; }

    /// <summary>Observations that were too old.</summary>
    public long Stale { get; private set; }

    /// <summary>How far observations have come.</summary>
    public ObservationClock Clock
    {
        get => _clock;
        set => _clock = value;
    }

    /// <summary>Takes counts and the clock of a snapshot over.</summary>
    public void Restore(ObservationClock clock, long invalid, long stale)
    {
        _clock = clock;
        Invalid = invalid;
        Stale = stale;
    }

    /// <summary>Reads an observation; the sides' readings go to the sides.</summary>
    /// <param name="observation">The observation; null = none.</param>
    /// <param name="sides">The roles of the deployment.</param>
    /// <param name="now">The controller's clock.</param>
    /// <param name="nameplateWatts">Nameplate power of a GPU, W; null = unknown.</param>
    /// <param name="isInOrder">Whether the tick comes after the last one.</param>
    public TickReading Read(Observation? observation, Side[] sides, TimeSpan now, double? nameplateWatts, out bool isInOrder)
    {
        foreach (var side in sides)
        {
            side.Reading = default;
        }

        if (observation is null)
        {
            isInOrder = _clock.Admit(now, out _clock) == ReadingFault.None;
            return default;
        }

        var fault = ObservationWindow.Create(now, observation.Duration ?? tick, observation.Age ?? TimeSpan.Zero, maxAge, out var window);
        if (fault != ReadingFault.None)
        {
            isInOrder = _clock.Admit(now, out _clock) == ReadingFault.None;
            return Refuse(fault, observation);
        }

        report.ObservationsAreFresh();
        fault = _clock.Admit(now, window, out var next);
        isInOrder = next.LastInstant != _clock.LastInstant;
        _clock = next;
        if (fault != ReadingFault.None)
        {
            return Refuse(fault, observation);
        }

        var gpus = 0L;
        foreach (var side in sides)
        {
            side.Reading = ReadSide(observation.Of(side.Role), side, window, nameplateWatts);
            gpus += side.Ledger.ChargedGpus;
        }

        var ttft = Latency("ttft", observation.TtftMs);
        var itl = Latency("itl", observation.ItlMs);
        var reading = new TickReading
        {
            Window = window,
            Requests = Count("requests", observation.Requests),
            TtftMs = ttft,
            JudgedTtftMs = Latency("ttft_p95", observation.TtftP95Ms) ?? ttft,
            ItlMs = itl,
            JudgedItlMs = Latency("itl_p95", observation.ItlP95Ms) ?? itl,
            QueueingMs = Queueing(observation.QueueingMs),
            TokensPerSecond = Count("tokens_per_second", observation.TokensPerSecond),
            TotalWatts = Watts("total_watts", observation.TotalWatts, gpus > 0 ? (nameplateWatts ?? UnknownNameplateWatts) * gpus : null),
        };
        report.ObservationWasRead();
        return reading;
    }

    /// <summary>Whether an observation has none of the signals that the loop learns from or judges by.</summary>
    public static bool IsEmpty(Observation observation, Side[] sides)
    {
        if ((observation.TtftMs ?? observation.TtftP95Ms ?? observation.ItlMs ?? observation.ItlP95Ms ?? observation.TokensPerSecond ?? observation.TotalWatts) is not null)
        {
            return false;
        }

        foreach (var side in sides)
        {
            if (observation.Of(side.Role)?.PowerWattsPerGpu is not null)
            {
                return false;
            }
        }

        return true;
    }

    private SideReading ReadSide(RoleObservation? role, Side side, in ObservationWindow window, double? nameplateWatts)
    {
        var isStraddled = side.Changes.AreStraddledBy(window);
        if (role is null)
        {
            return new SideReading { IsStraddled = isStraddled, CapWatts = side.Ledger.State?.EffectiveCapWatts };
        }

        return new SideReading
        {
            WattsPerGpu = Watts("power", role.PowerWattsPerGpu, nameplateWatts ?? UnknownNameplateWatts),
            ScheduledTokens = Count("scheduled_tokens", role.ScheduledTokens),
            ReadyReplicas = Whole("ready_replicas", role.ReadyReplicas, 0),
            MaxBatchedTokens = Whole("max_batched_tokens", role.MaxBatchedTokens, 1),
            CapWatts = Whole("effective_cap", role.EffectiveCapWatts, 1) ?? side.Ledger.State?.EffectiveCapWatts,
            IsStraddled = isStraddled,
        };
    }

    private TickReading Refuse(ReadingFault fault, Observation observation)
    {
        if (fault == ReadingFault.Stale)
        {
            Stale++;
            report.ObservationIsStale(observation.Age ?? TimeSpan.Zero, maxAge);
        }
        else
        {
            Refused("window", double.NaN, fault);
        }

        return default;
    }

    private double? Watts(string signal, double? watts, double? nameplateWatts)
    {
        var valid = ReadingGuard.Watts(watts, nameplateWatts, out var fault);
        return Checked(signal, watts, valid, fault);
    }

    private double? Latency(string signal, double? latencyMs)
    {
        var valid = ReadingGuard.LatencyMs(latencyMs, out var fault);
        return Checked(signal, latencyMs, valid, fault);
    }

    private double? Queueing(double? latencyMs)
    {
        // No waiting is a reading: unlike a latency it may be zero.
        if (latencyMs == 0)
        {
            return 0;
        }

        var valid = ReadingGuard.LatencyMs(latencyMs, out var fault);
        return Checked("queueing", latencyMs, valid, fault);
    }

    private double? Count(string signal, double? count)
    {
        var valid = ReadingGuard.Count(count, out var fault);
        return Checked(signal, count, valid, fault);
    }

    private int? Whole(string signal, int? value, int least) => (int?)Whole(signal, (long?)value, least);

    private long? Whole(string signal, long? value, long least)
    {
        if (value is { } number && (number < least || number > ReadingGuard.AbsurdCount))
        {
            Refused(signal, number, number < 0 ? ReadingFault.Negative : ReadingFault.Absurd);
            return null;
        }

        return value;
    }

    private double? Checked(string signal, double? value, double? valid, ReadingFault fault)
    {
        if (fault != ReadingFault.None)
        {
            Refused(signal, value ?? double.NaN, fault);
        }

        return valid;
    }

    private void Refused(string signal, double value, ReadingFault fault)
    {
        Invalid++;
        report.ReadingRefused(signal, value, fault);
    }
}
