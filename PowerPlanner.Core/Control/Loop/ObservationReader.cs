using PowerPlanner.Control.Transitions;
using PowerPlanner.Feedback;

namespace PowerPlanner.Control.Loop;

/// <summary>
/// From an observation as it comes to readings that can be used: the one place where every number is checked. What is impossible is
/// absent, counted, and reported once per cause.
/// </summary>
internal static class ObservationReader
{
    // Several times the power of any board: beyond it a reading cannot be one, whatever the GPU.
    private const double UnknownNameplateWatts = 10_000;

    /// <summary>Reads an observation; the clock and the counts of what was refused go into the state.</summary>
    /// <param name="observation">The observation; null = none.</param>
    /// <param name="options">Tick and freshness.</param>
    /// <param name="report">Is told what was refused.</param>
    /// <param name="state">The roles, the clock and the counts.</param>
    /// <param name="isInOrder">Whether the tick comes after the last one.</param>
    public static TickReading Read(Observation? observation, ControlOptions options, LoopReport report, ref LoopState state, out bool isInOrder)
    {
        var clock = state.Learnt.Clock;
        if (observation is null)
        {
            isInOrder = clock.Admit(state.Now, out clock) == ReadingFault.None;
            state = state with { Learnt = state.Learnt with { Clock = clock } };
            return default;
        }

        var fault = ObservationWindow.Create(state.Now, observation.Duration ?? options.Tick, observation.Age ?? TimeSpan.Zero, options.ObservationMaxAge, out var window);
        if (fault != ReadingFault.None)
        {
            isInOrder = clock.Admit(state.Now, out clock) == ReadingFault.None;
            state = state with { Learnt = state.Learnt with { Clock = clock } };
            Refuse(fault, observation, options, report, ref state);
            return default;
        }

        report.ObservationsAreFresh();
        fault = clock.Admit(state.Now, window, out var next);
        isInOrder = next.LastInstant != clock.LastInstant;
        state = state with { Learnt = state.Learnt with { Clock = next } };
        if (fault != ReadingFault.None)
        {
            Refuse(fault, observation, options, report, ref state);
            return default;
        }

        var check = new ReadingCheck(report, state.Learnt.NameplateWatts);
        var reading = new TickReading { Window = window };
        var gpus = 0L;
        for (var i = 0; i < state.Fleet.Count; i++)
        {
            var role = state.Fleet[i];
            reading = reading.With(i, ReadSide(observation.Of(role.Role), role, state.Side(i).Changes.AreStraddledBy(window), ref check));
            gpus += role.ChargedGpus;
        }

        var ttft = check.Latency("ttft", observation.TtftMs);
        var itl = check.Latency("itl", observation.ItlMs);
        reading = reading with
        {
            Requests = check.Count("requests", observation.Requests),
            TtftMs = ttft,
            JudgedTtftMs = check.Latency("ttft_p95", observation.TtftP95Ms) ?? ttft,
            ItlMs = itl,
            JudgedItlMs = check.Latency("itl_p95", observation.ItlP95Ms) ?? itl,
            QueueingMs = check.Queueing(observation.QueueingMs),
            TokensPerSecond = check.Count("tokens_per_second", observation.TokensPerSecond),
            TotalWatts = check.Watts("total_watts", observation.TotalWatts, gpus > 0 ? (state.Learnt.NameplateWatts ?? UnknownNameplateWatts) * gpus : null),
        };
        report.ObservationWasRead();
        state = state with { Counters = state.Counters with { InvalidObservations = state.Counters.InvalidObservations + check.Refusals } };
        return reading;
    }

    /// <summary>Whether an observation has none of the signals that the loop learns from or judges by.</summary>
    public static bool IsEmpty(Observation observation)
    {
        if ((observation.TtftMs ?? observation.TtftP95Ms ?? observation.ItlMs ?? observation.ItlP95Ms ?? observation.TokensPerSecond ?? observation.TotalWatts) is not null)
        {
            return false;
        }

        return (observation.Prefill?.PowerWattsPerGpu ?? observation.Decode?.PowerWattsPerGpu ?? observation.Aggregated?.PowerWattsPerGpu) is null;
    }

    private static SideReading ReadSide(RoleObservation? role, in RoleLedger ledger, bool isStraddled, ref ReadingCheck check)
    {
        var readBack = ledger.State?.EffectiveCapWatts;
        if (role is null)
        {
            return new SideReading { IsStraddled = isStraddled, CapWatts = readBack };
        }

        var metered = check.CapWatts("effective_cap", role.EffectiveCapWatts);
        return new SideReading
        {
            WattsPerGpu = check.Watts("power", role.PowerWattsPerGpu, check.NameplateWatts ?? UnknownNameplateWatts),
            ScheduledTokens = check.Count("scheduled_tokens", role.ScheduledTokens),
            ReadyReplicas = (int?)check.Whole("ready_replicas", role.ReadyReplicas, 0),
            MaxBatchedTokens = check.Whole("max_batched_tokens", role.MaxBatchedTokens, 1),
            CapWatts = metered > readBack ? metered : readBack ?? metered,
            MeteredCapWatts = metered,
            IsStraddled = isStraddled,
        };
    }

    private static void Refuse(ReadingFault fault, Observation observation, ControlOptions options, LoopReport report, ref LoopState state)
    {
        var counters = state.Counters;
        if (fault == ReadingFault.Stale)
        {
            report.ObservationIsStale(observation.Age ?? TimeSpan.Zero, options.ObservationMaxAge);
            counters = counters with { StaleObservations = counters.StaleObservations + 1 };
        }
        else
        {
            report.ReadingRefused("window", double.NaN, fault);
            counters = counters with { InvalidObservations = counters.InvalidObservations + 1 };
        }

        state = state with { Counters = counters };
    }

    /// <summary>Checks numbers of one observation and counts those that it refuses.</summary>
    private ref struct ReadingCheck(LoopReport report, double? nameplateWatts)
    {
        public double? NameplateWatts { get; } = nameplateWatts;

        /// <summary>Numbers refused so far.</summary>
        public long Refusals { get; private set; }

        public double? Watts(string signal, double? watts, double? nameplate) => Checked(signal, watts, ReadingGuard.Watts(watts, nameplate, out var fault), fault);

        public double? Latency(string signal, double? latencyMs) => Checked(signal, latencyMs, ReadingGuard.LatencyMs(latencyMs, out var fault), fault);

        // No waiting is a reading: unlike a latency it may be zero.
        public double? Queueing(double? latencyMs) => latencyMs == 0 ? 0 : Latency("queueing", latencyMs);

        public double? Count(string signal, double? count) => Checked(signal, count, ReadingGuard.Count(count, out var fault), fault);

        /// <summary>A cap beyond what any board may draw is none: some exporters say "no limit" with the largest number they have.</summary>
        public int? CapWatts(string signal, int? watts)
        {
            var most = NameplateWatts is { } nameplate ? ReadingGuard.AbsurdNameplateFactor * nameplate : UnknownNameplateWatts;
            return (int?)Whole(signal, watts, 1, (long)Math.Min(most, ReadingGuard.AbsurdCount));
        }

        public long? Whole(string signal, long? value, long least, long most = (long)ReadingGuard.AbsurdCount)
        {
            if (value is { } number && (number < least || number > most))
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
            Refusals++;
            report.ReadingRefused(signal, value, fault);
        }
    }
}
